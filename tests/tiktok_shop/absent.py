"""What answers of TikTok Shop leave out of their documented trees: for good, with the reason, or until somebody adds it."""

from __future__ import annotations

# Why a field is never there → the names of such fields, wherever they stand.
FOR_GOOD: dict[str, frozenset[str]] = {
    "another country's taxes, documents or fees": frozenset(
        ["channel_entity_national_registry_id", "cpf", "cpf_name", "distance_fee", "distance_shipping_fee", "fees", "iso_code", "item_tax", "list_price", "listing_quality", "manufacturer", "payment_card_type", "payment_discount_service_fee", "payment_method_code", "payment_platform_discount", "responsible_person", "shipping_vat_amount", "shipping_vat_rate", "small_order_fee"]
    ),
    "a kind of sale that the simulator does not have (gifts, made to order, auctions, subscriptions, bundles, samples, live rooms, shipping at the seller's cost, exchanges, returns of several orders in one parcel)": frozenset(
        ["authentication_required", "campaign_inventory", "cancel_sub_line_items", "combined_listing_skus", "combined_skus", "consultation_id", "creator_inventory", "delivery_option_required_delivery_time", "fast_collection_sla_time", "fast_rts_sla_time", "gift_retail_price", "global_listing_policy", "global_product_association", "handling_duration", "handling_duration_days", "instore_pickup_sla_time", "is_blind_box", "is_pod_customized", "is_replicated", "order_rights", "pick_up_cut_off_time", "pod_info_id", "pre_sale", "prescription_requirement", "primary_combined_product_id", "product_listing_type", "product_tags", "release_date", "return_sub_line_items", "room_id", "seller_funded_shipping_promotions", "selling_format", "sku_gift_net_price", "sku_gift_original_price", "starting_bid_price", "sub_item_info", "sub_order_line_item_id", "sub_return_line_item_id", "exchange_order_lines", "combined_return_id", "subscribe_info"]
    ),
    "a rating, which no buyer of a simulated chat gives": frozenset(
        ["dissatisfaction_reason", "satisfaction_score"]
    ),
    "money that the platform keeps in reserve (not known for Indonesia)": frozenset(
        ["associated_order_id", "estimated_release_time", "reserve_amount", "reserve_id", "reserve_status"]
    ),
    "a trace of the platform's own log": frozenset(
        ["request_log_id"]
    ),
    "measured attributes (a client library knows them; no page says of which category or country)": frozenset(
        ["metric_standards"]
    ),
    "a service that is documented for the USA only, or for no market (automatic combining, where the courier may leave a parcel)": frozenset(
        ["auto_combine_group_id", "delivery_preferences"]
    ),
    "a courier's number for what happened, of which nobody has seen one": frozenset(
        ["action_code", "action_code_name"]
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
    "get-available-review-decisions-202606": frozenset(
        (
            "errors",
        )
    ),
    "search-return-merchandise-authorizations-202604": frozenset(
        (
            "return_merchandise_authorizations.sku_return_requests.reshipment_order_id",
        )
    ),
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
    "get-category-rules-202309": frozenset(
        (
            "size_chart.size_types",  # nobody has seen what stands in it
        )
    ),
}
