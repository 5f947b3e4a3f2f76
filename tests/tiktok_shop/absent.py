"""What answers of TikTok Shop leave out of their documented trees: for good, with the reason, or until somebody adds it."""

from __future__ import annotations

# Why a field is never there → the names of such fields, wherever they stand.
FOR_GOOD: dict[str, frozenset[str]] = {
    "another country's taxes, documents or fees": frozenset(
        ["channel_entity_national_registry_id", "cpf", "cpf_name", "distance_fee", "distance_shipping_fee", "iso_code", "item_tax", "list_price", "listing_quality", "manufacturer", "payment_card_type", "payment_discount_service_fee", "payment_method_code", "payment_platform_discount", "responsible_person", "shipping_vat_amount", "shipping_vat_rate", "small_order_fee"]
    ),
    "a kind of sale that the simulator does not have (gifts, made to order, auctions, subscriptions, bundles, samples, live rooms)": frozenset(
        ["authentication_required", "campaign_inventory", "cancel_sub_line_items", "combined_listing_skus", "combined_skus", "consultation_id", "creator_inventory", "delivery_option_required_delivery_time", "fast_collection_sla_time", "fast_rts_sla_time", "gift_retail_price", "global_listing_policy", "global_product_association", "handling_duration", "handling_duration_days", "instore_pickup_sla_time", "is_blind_box", "is_pod_customized", "is_replicated", "order_rights", "pick_up_cut_off_time", "pod_info_id", "pre_sale", "prescription_requirement", "primary_combined_product_id", "product_listing_type", "product_tags", "release_date", "replaced_order_id", "return_sub_line_items", "room_id", "selling_format", "sku_gift_net_price", "sku_gift_original_price", "starting_bid_price", "sub_item_info", "subscribe_info"]
    ),
    "a seller who sells in several countries": frozenset(
        ["product_sync_fail_reasons"]
    ),
    "a shop group (documented for the USA and Mexico only)": frozenset(
        ["shop_group"]
    ),
}

# Row of facts → fields that no arranged answer shows yet.
GAPS: dict[str, frozenset[str]] = {
    "check-product-listing-202309": frozenset(
        (
            "diagnoses.suggestions.images",
            "pre_check_results",
        )
    ),
    "get-product-202309": frozenset(
        (
            "audit.not_submitted_reasons",
            "product_attributes.values.metric_standard_info",
            "recommended_categories",
            "skus.status_info.deactivation_source",
        )
    ),
    "search-products-202502": frozenset(
        (
            "products.recommended_categories",
            "products.skus.status_info.deactivation_source",
        )
    ),
    "get-aftersale-eligibility-202309": frozenset(
        (
            "sku_eligibility.line_item_eligibility.available_reason_names",
            "sku_eligibility.line_item_eligibility.order_line_list",
        )
    ),
    "get-attributes-202309": frozenset(
        (
            "attributes.metric_standards",
            "attributes.requirement_conditions",
            "attributes.value_data_format",
            "attributes.values.icon_url",
        )
    ),
    "get-category-rules-202309": frozenset(
        (
            "fees.is_required",
            "fees.type",
            "product_certifications.document_details",
            "product_certifications.expiration_date",
            "product_certifications.id",
            "product_certifications.is_required",
            "product_certifications.name",
            "product_certifications.requirement_conditions",
            "product_certifications.sample_image_url",
            "seller_sku",
            "size_chart.measurement_and_options",
            "size_chart.size_types",
        )
    ),
    "get-conversation-202601": frozenset(
        (
            "conversation.cur_session",
            "conversation.cur_session_id",
        )
    ),
    "get-conversation-messages-202309": frozenset(
        (
            "messages.data",
            "messages.plaintext",
        )
    ),
    "get-conversations-202309": frozenset(
        (
            "conversations.cur_session",
            "conversations.cur_session_id",
        )
    ),
    "get-logistics-tracking-202604": frozenset(
        (
            "logistics_details.track_list.action_code",
            "logistics_details.track_list.action_code_name",
        )
    ),
    "get-order-detail-202507": frozenset(
        (
            "orders.auto_combine_group_id",
            "orders.buyer_avatar",
            "orders.recipient_address.delivery_preferences",
            "orders.recommended_shipping_time",
            "orders.split_or_combine_tag",
        )
    ),
    "get-order-list-202309": frozenset(
        (
            "orders.auto_combine_group_id",
            "orders.buyer_avatar",
            "orders.recipient_address.delivery_preferences",
            "orders.recommended_shipping_time",
            "orders.split_or_combine_tag",
        )
    ),
    "get-package-detail-202309": frozenset(
        (
            "biz_extension_tags",
            "insurance",
            "last_mile_tracking_number",
            "package_sub_status",
            "pickup_slot",
            "ship_exception_reason",
            "split_and_combine_tag",
        )
    ),
    "get-package-handover-time-slots-202309": frozenset(
        (
            "drop_off_point_url",
        )
    ),
    "get-price-detail-202407": frozenset(
        (
            "cod_fee_net_amount",
            "line_items.cod_fee_amount",
            "line_items.seller_funded_product_promotions",
            "line_items.seller_funded_shipping_promotions",
            "line_items.shipping_fee_deduction_platform_voucher",
            "line_items.voucher_deduction_platform",
            "line_items.voucher_deduction_seller",
            "shipping_fee_deduction_platform_voucher",
            "voucher_deduction_platform",
            "voucher_deduction_seller",
        )
    ),
    "get-return-records-202309": frozenset(
        (
            "records.images",
            "records.videos",
        )
    ),
    "get-tracking-202309": frozenset(
        (
            "tracking.action_code",
        )
    ),
    "get-transactions-by-statement-202501": frozenset(
        (
            "transactions.adjustment_id",
            "transactions.adjustment_order_id",
            "transactions.associated_order_id",
            "transactions.estimated_release_time",
            "transactions.reserve_amount",
            "transactions.reserve_id",
            "transactions.reserve_status",
        )
    ),
    "get-unsettled-transactions-202507": frozenset(
        (
            "transactions.adjustment_id",
            "transactions.adjustment_order_id",
        )
    ),
    "search-cancellations-202309": frozenset(
        (
            "cancellations.cancel_line_items.refund_amount.buyer_service_fee",
            "cancellations.refund_amount.buyer_service_fee",
            "cancellations.seller_next_action_response",
            "cancellations.should_replenish_stock",
        )
    ),
    "search-returns-202309": frozenset(
        (
            "return_orders.arbitration_status",
            "return_orders.combined_return_id",
            "return_orders.is_quick_refund",
            "return_orders.next_return_id",
            "return_orders.partial_refund",
            "return_orders.pre_return_id",
            "return_orders.refund_amount.buyer_service_fee",
            "return_orders.return_line_items.refund_amount.buyer_service_fee",
            "return_orders.return_shipping_document_type",
            "return_orders.return_tracking_number",
            "return_orders.seller_proposed_return_type",
        )
    ),
}
