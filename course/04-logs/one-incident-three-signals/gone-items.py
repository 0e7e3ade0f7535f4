"""gone-items: how many carts lost items, and how many items?"""

import pandas as pd

from watchkeeper.staff.author.writing import Count, Record, question, records, table


def said(at, who, items=None, body="cart"):
    """A row of a log of carts, on paper."""
    attributes = {} if who is None else {"shop.shopper": who} | ({} if items is None else {"shop.cart.items": items})
    return [at, body, attributes]


BACK_AGAIN = [
    said(0, None, body="cart 3.0.1 is up"),
    said(10, "ann", 2),
    said(20, "bob", 1),
    said(30, "ann", 5),
    said(40, "ann"),
    said(60, "bob", 3),
    said(70, "ann", 1),
    said(80, "bob", 1),
    said(90, "bob", 4),
    said(100, "bob", 2),
    said(110, "eve", 2),
    said(120, "eve", 2),
]
SHUFFLED = [
    said(70, "ann", 3),
    said(10, "ann", 1),
    said(40, "bob", 4),
    said(90, "ann", 2),
    said(20, "bob", 2),
    said(100, "bob", 4),
    said(60, "ann", 2),
]

CART_LINES = ["time_ns", "body", "attributes"]

q = question(kind="compute", points=3, answer=Record({"carts": Count("carts"), "items": Count("items")}))
q.inputs(
    table("two shoppers' carts", CART_LINES, BACK_AGAIN),
    table("rows out of order", CART_LINES, SHUFFLED),
    records("basket-complaint", "cart"),
    records("thursday-morning", "cart"),
)
q.hints(
    "Play ann's and bob's records by hand through her function. Where does it go wrong first?",
    "Sort by time before the loop; skip a record that names no shopper.",
    "An emptied cart is no loss, but what was last known of that shopper is 0 from then on.",
)
q.passed("A log can be held against itself: two honest lines that cannot both be true.")


def walked(lines, forget=True, skip_unnumbered=False, one_cart=False):
    """(shopper, missing) for each record that says fewer items than the one of its shopper before."""
    last, found = {}, []
    for line in lines.itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is None or (items is None and skip_unnumbered):
            continue
        key = "all" if one_cart else shopper
        if items is None and not forget:
            items = 0
        if items is not None and items < last.get(key, 0):
            found.append((shopper, last[key] - items))
        last[key] = items or 0
    return found


def counted(found):
    return {"carts": len({who for who, _ in found}), "items": sum(missing for _, missing in found)}


@q.wrong(
    "You went through the rows as they come; a file has an order of its own.",
    "Sort by time_ns first.",
    misconception="time stamps order events",
)
def in_the_tables_order(lines):
    return counted(walked(lines))


@q.wrong(
    "A cart that was emptied by an order still counts as robbed.",
    "The record without a number sets what the shopper has to 0.",
)
def as_she_wrote_it(lines):
    return counted(walked(lines, skip_unnumbered=True))


@q.wrong("The order itself became a loss.", "A record that empties the cart sets it to 0 and loses nothing.")
def emptied_is_a_loss(lines):
    return counted(walked(lines.sort_values("time_ns"), forget=False))


@q.wrong("As items you counted how often something was lost.", "Add up by how many items the cart became smaller.")
def losses_counted(lines):
    found = walked(lines.sort_values("time_ns"))
    return {"carts": len({who for who, _ in found}), "items": len(found)}


@q.wrong("A cart that lost twice counts twice among your carts.", "Count each shopper once.")
def each_time_again(lines):
    return counted(walked(lines.sort_values("time_ns"))) | {"carts": len(walked(lines.sort_values("time_ns")))}


@q.wrong(
    "What was put in went into your sum as a negative loss.",
    "Only a record with fewer items adds to the sum; one with more adds 0.",
)
def gains_taken_off(lines):
    """Every change of a numbered record, up or down, goes into one sum."""
    last, lost = {}, {}
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is not None and items is not None:
            lost[shopper] = lost.get(shopper, 0) + last.get(shopper, 0) - items
        last[shopper] = items or 0
    return {"carts": sum(one > 0 for one in lost.values()), "items": sum(lost.values())}


@q.wrong(
    "You compared a cart's end with its start: what was added hides what went.",
    "Add up falls only, record by record; a rise adds 0.",
)
def gains_taken_off_where_lost(lines):
    """As above, but the items of carts that ended below where they began, only."""
    last, lost = {}, {}
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is not None and items is not None and shopper in last:
            lost[shopper] = lost.get(shopper, 0) + last[shopper] - items
        last[shopper] = items or 0
    gone = [one for one in lost.values() if one > 0]
    return {"carts": len(gone), "items": sum(gone)}


@q.wrong(
    "You counted every change, also what a shopper put in.",
    "Only a record with fewer items than the one before is a loss.",
)
def changes_counted(lines):
    """Every change counts as a loss, also where a cart grew."""
    last, found = {}, []
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is not None and items is not None and items != last.get(shopper, 0):
            found.append((shopper, abs(last.get(shopper, 0) - items)))
        last[shopper] = items or 0
    return counted(found)


@q.wrong("You compared with the record before, whoever's cart that was.", "Remember the last number for each shopper.")
def one_cart_for_all(lines):
    return counted(walked(lines.sort_values("time_ns"), one_cart=True))


@q.wrong(
    "You compared with the most there ever was: one loss counts again and again.",
    "Compare with the record of the same shopper just before.",
)
def against_the_most(lines):
    most, found = {}, []
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is None:
            continue
        if items is None:
            most[shopper] = 0
        elif items < most.get(shopper, 0):
            found.append((shopper, most[shopper] - items))
        else:
            most[shopper] = items
    return counted(found)


@q.alternative
def losses_by_loop(lines):
    return counted(walked(lines.sort_values("time_ns", kind="stable")))


@q.alternative
def losses_by_groups(lines):
    who = lines.attributes.map(lambda one: one.get("shop.shopper"))
    items = lines.attributes.map(lambda one: float(one.get("shop.cart.items", -1)))
    frame = pd.DataFrame({"at": lines.time_ns, "who": who, "items": items}).dropna().sort_values("at")
    frame["emptied"] = frame["items"] < 0
    frame["items"] = frame["items"].clip(lower=0)
    fell = -frame.groupby("who")["items"].diff().fillna(0)
    lost = fell[(fell > 0) & ~frame.emptied]
    return {"carts": int(frame.who[lost.index].nunique()), "items": int(lost.sum())}
