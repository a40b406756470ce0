"""DynamoDB's transactions at a bearable price. moto copies each table that a transaction touches, once for each of its
items, to have something to go back to: thousands of rows for two. Here only the items that are touched are kept."""

import copy

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

apply = DynamoDBBackend.transact_write_items


def mend() -> None:
    DynamoDBBackend.transact_write_items = transact_write_items
    # moto's own way back then leads to the table as it is; ours to the items as they were.
    Table.__deepcopy__ = lambda table, _memo: table


def transact_write_items(backend: DynamoDBBackend, transact_items: list[dict]) -> None:
    kept = [place for item in transact_items for place in places(backend, item)]
    try:
        apply(backend, transact_items)
    except Exception:
        for table, key, before in kept:
            restore(table, key, before)
        raise


def places(backend: DynamoDBBackend, item: dict):
    """Where an action goes, and what is there; nothing for one that moto will refuse."""
    for action in item.values():
        table = backend.tables.get(action.get("TableName"))
        values = action.get("Key") or action.get("Item") or {}
        names = [table.hash_key_attr, table.range_key_attr] if table else [None]
        if all(name is None or name in values for name in names) and values:
            key = [DynamoType(values[name]) if name else None for name in names]
            yield table, key, copy.deepcopy(table.get_item(*key))


def restore(table: Table, key: list, before) -> None:
    hash_value, range_value = key
    row = table.items[hash_value] if range_value else table.items
    name = range_value or hash_value
    if before is None:
        row.pop(name, None)
    else:
        row[name] = before
