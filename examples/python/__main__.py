"""Copies the orders of a shop from MySQL into MaxCompute and keeps following them."""

import pulumi
import pulumi_synctask as synctask

config = pulumi.Config()

shop = synctask.SyncTask(
    "shop",
    source=synctask.SourceArgs(
        host=config.require("mysqlHost"),
        port=config.require_int("mysqlPort"),
        user=config.require("mysqlUser"),
    ),
    source_password=config.require_secret("mysqlPassword"),
    target=synctask.TargetArgs(
        endpoint=config.require("endpoint"),
        project=config.require("project"),
        access_key_id=config.require("accessKeyId"),
    ),
    target_access_key_secret=config.require_secret("accessKeySecret"),
    objects=[synctask.ObjectArgs(database=config.require("database"), tables=["orders"])],
)

pulumi.export("taskId", shop.task_id)
pulumi.export("state", shop.state)
pulumi.export("targetTables", shop.target_tables)
