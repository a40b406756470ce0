// Tables: workflows, versions, executions, audit. Owns their keys, indexes, protection and backups. What lies in them is
// shared/aws/src/dynamodb/layout.rs's.

import { RemovalPolicy, type App } from "aws-cdk-lib";
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type Attribute,
} from "aws-cdk-lib/aws-dynamodb";

import { FleetStack, type Fleet } from "./stack.ts";

/** Keys of a table or index: partition, then sort. */
type Keys = readonly [partition: string, sort?: string];

/** Global indexes of the executions table. */
const EXECUTION_INDEXES: Readonly<Record<string, Keys>> = {
  workflow: ["workflow_id", "started"],
  started: ["listed", "started"],
  open: ["open", "started"],
  attention: ["due", "attention_at"],
};
/** Attribute with the second at which DynamoDB may delete an item. */
const EXPIRES = "expires_at";

export class TablesStack extends FleetStack {
  constructor(app: App, fleet: Fleet) {
    super(app, "tables", "tables of workflows, executions and audit", fleet);
    const { names } = this;
    this.table("Workflows", names.workflowsTable, ["workflow_id"]);
    this.table("Versions", names.versionsTable, ["workflow_id", "part"]);
    const executions = this.table("Executions", names.executionsTable, ["workflow_execution_id", "item"], EXPIRES);
    executions.addLocalSecondaryIndex({
      indexName: "held",
      sortKey: textAttribute("held"),
      projectionType: ProjectionType.KEYS_ONLY,
    });
    for (const [indexName, keys] of Object.entries(EXECUTION_INDEXES)) {
      executions.addGlobalSecondaryIndex({ indexName, ...keyed(keys), projectionType: ProjectionType.KEYS_ONLY });
    }
    // Only records that were given an end have the attribute, so that it may be told without `auditDays`, too.
    this.table("Audit", names.auditTable, ["scope", "key"], EXPIRES);
  }

  /** `Table` and not `TableV2`: a global table is more than one region's fleet needs, and fewer tools can make one. */
  private table(id: string, tableName: string, keys: Keys, timeToLiveAttribute?: string): Table {
    const { protect } = this.settings;
    const table = new Table(this, id, {
      tableName,
      ...keyed(keys),
      billingMode: BillingMode.PAY_PER_REQUEST,
      // Encrypted with DynamoDB's own key: see docs/decisions/0010.
      encryption: TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: protect,
      removalPolicy: protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(timeToLiveAttribute === undefined ? {} : { timeToLiveAttribute }),
    });
    this.output(`${id}Table`, `ARN of the table of ${id.toLowerCase()}`, table.tableArn);
    return table;
  }
}

function keyed([partition, sort]: Keys): { partitionKey: Attribute; sortKey?: Attribute } {
  const partitionKey = textAttribute(partition);
  return sort === undefined ? { partitionKey } : { partitionKey, sortKey: textAttribute(sort) };
}

function textAttribute(name: string): Attribute {
  return { name, type: AttributeType.STRING };
}
