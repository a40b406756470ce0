// Alerts: the topic that workflows' failures and alarms go to, its key, and who hears of them. Owns who may publish. What an
// alert says is shared/aws/src/alerts's.

import { RemovalPolicy, Validations } from "aws-cdk-lib";
import { CfnSlackChannelConfiguration } from "aws-cdk-lib/aws-chatbot";
import {
  AccountRootPrincipal,
  AnyPrincipal,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { SubscriptionProtocol, Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription, UrlSubscription } from "aws-cdk-lib/aws-sns-subscriptions";

import type { FleetStack } from "../stack.ts";

/** Of CloudWatch's alarms. */
const CLOUDWATCH = new ServicePrincipal("cloudwatch.amazonaws.com");
/** What SNS asks of a key for whoever publishes. */
const ENCRYPT = ["kms:Decrypt", "kms:GenerateDataKey"];
/** What administrators of the account may do with the key. None of it reads anything that was encrypted. */
const ADMINISTER = [
  "kms:CancelKeyDeletion",
  "kms:CreateAlias",
  "kms:DeleteAlias",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListGrants",
  "kms:ListKeyPolicies",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:RevokeGrant",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateAlias",
  "kms:UpdateKeyDescription",
];

/** Adds topic, key and subscriptions to a stack. */
export function addAlerts(stack: FleetStack): void {
  const { names, settings } = stack;
  const topic = new Topic(stack, "Alerts", {
    topicName: names.alertsTopic,
    displayName: `Alerts of ${names.stack}`,
    masterKey: key(stack),
    enforceSSL: true,
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: "AlarmsOfTheFleet",
      principals: [CLOUDWATCH],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: {
        ...ofThisAccount(stack),
        ArnLike: { "aws:SourceArn": stack.alarmArn(names.with("*")) },
      },
    }),
  );
  for (const address of settings.alerts.emails) topic.addSubscription(new EmailSubscription(address));
  for (const url of settings.alerts.https) {
    topic.addSubscription(new UrlSubscription(url, { protocol: SubscriptionProtocol.HTTPS }));
  }
  addSlack(stack, topic);
  warnOfSilence(stack);
  stack.output("AlertsTopicArn", "ARN of the topic of alerts", topic.topicArn);
}

/** A key of our own, since CloudWatch's alarms cannot use that of SNS, whose policy nobody can change. */
function key(stack: FleetStack): Key {
  const { names, settings, account, region } = stack;
  const throughSns = {
    StringEquals: { "kms:CallerAccount": account, "kms:ViaService": `sns.${region}.amazonaws.com` },
  };
  const statements = [
    { sid: "Administrators", principals: [new AccountRootPrincipal()], actions: ADMINISTER },
    // Whether somebody may publish, the policies of topic and role say.
    { sid: "PublishersThroughSns", principals: [new AnyPrincipal()], actions: ENCRYPT, conditions: throughSns },
    { sid: "Alarms", principals: [CLOUDWATCH], actions: ENCRYPT, conditions: ofThisAccount(stack) },
  ];
  return new Key(stack, "AlertsKey", {
    alias: `alias/${names.alertsTopic}`,
    description: `Encrypts alerts of ${names.stack} until they are delivered`,
    enableKeyRotation: true,
    policy: new PolicyDocument({
      // In a key's policy, all resources are the key alone.
      statements: statements.map((statement) => new PolicyStatement({ ...statement, resources: ["*"] })),
    }),
    removalPolicy: settings.protect ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
}

/** Against being used through an alarm of somebody else's. */
function ofThisAccount({ account }: FleetStack): Record<string, Record<string, string>> {
  return { StringEquals: { "aws:SourceAccount": account } };
}

/** A channel of Slack, by Amazon Q Developer in chat applications: it shows alerts, and can do nothing in the account. */
function addSlack(stack: FleetStack, topic: Topic): void {
  const { names, settings } = stack;
  const { slack } = settings.alerts;
  if (slack === undefined) return;
  const role = new Role(stack, "Chat", {
    roleName: names.chatRole,
    description: `The Slack channel of ${names.stack}'s alerts, without any right`,
    assumedBy: new ServicePrincipal("chatbot.amazonaws.com", { conditions: ofThisAccount(stack) }),
  });
  new CfnSlackChannelConfiguration(stack, "Slack", {
    configurationName: names.alertsTopic,
    slackWorkspaceId: slack.workspace,
    slackChannelId: slack.channel,
    snsTopicArns: [topic.topicArn],
    iamRoleArn: role.roleArn,
    // Without a guardrail of ours, Amazon's is that administrators may do everything from the channel.
    guardrailPolicies: [`arn:${stack.partition}:iam::aws:policy/AWSDenyAll`],
    loggingLevel: "ERROR",
  });
}

/** A fleet that fails in silence is one that nobody trusts; yet a trial needs no subscriber. */
function warnOfSilence(stack: FleetStack): void {
  const { emails, https, slack } = stack.settings.alerts;
  if (emails.length + https.length > 0 || slack !== undefined) return;
  const remedy = "write emails, https or slack in the settings, or subscribe to the topic by hand";
  Validations.of(stack).addWarning("nobody-hears", `alerts: nobody is told of failures; ${remedy}`);
}
