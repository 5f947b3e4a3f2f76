"""What a seller allows: the scopes of TikTok Shop, each in the words in which the authorize page asks for it."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "seller.authorization.info": "See which shops let this app in, and be told what happens in them",
    "seller.shop.info": "See the shop and what it may do",
    "seller.product.basic": "See products, categories, prices and stock",
    "seller.product.write": "Create and change products, their prices and stock",
    "seller.product.delete": "Delete products, and bring them back",
    "seller.product.optimize": "Have products looked over, and suggestions made for them",
    "serller.product.optimize": "Have products looked over, and suggestions made for them (the platform's own spelling)",
    "seller.order.info": "See orders, with buyers' names and addresses",
    "seller.order.ext_ref.read": "See the numbers that orders have in other systems",
    "seller.order.ext_ref.write": "Write the numbers that orders have in other systems",
    "seller.order.ext_ref.write.custom": "Write the numbers that orders have in other systems of one's own",
    "seller.fulfillment.basic": "Ship orders, and print their labels",
    "seller.fulfillment.package.write": "Split and combine packages",
    "seller.delivery.status.write": "Report how deliveries of one's own couriers go",
    "seller.logistics": "See warehouses, couriers and where parcels are",
    "seller.return_refund.basic": "Cancel orders, and answer cancellations, refunds and returns",
    "seller.customer_service": "Read buyers' messages, and answer them",
    "seller.finance.info": "See statements, payments and withdrawals",
    "seller.promotion.info": "See promotions and coupons",
    "seller.promotion.write": "Create, change and end promotions",
}
