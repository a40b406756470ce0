// What settings come to: defaults, and what is derived. What is refused is in `settings-errors.test.ts`.

import { join } from "node:path";

import { expect, test } from "vitest";

import { parseSettings, pools } from "../lib/settings.ts";
import { version } from "../lib/version.ts";
import { EVERYTHING, HANDED_OUT, LEAST } from "./support.ts";

test("the file that is handed out says no more than the defaults, but for a handful", () => {
  const [handed, least] = [HANDED_OUT, LEAST].map((text) => parseSettings("/fleet/infra/settings.yaml", text));
  expect(handed).toMatchObject({
    stack: least?.stack,
    protect: least?.protect,
    logs: least?.logs,
    landing: least?.landing,
    network: least?.network,
    alerts: least?.alerts,
  });
  expect(handed?.dispatcher).toEqual({ ...least?.dispatcher, package: handed?.dispatcher.package });
});

test("defaults", () => {
  const settings = parseSettings("/fleet/infra/settings.yaml", LEAST);
  expect(settings).toMatchObject({
    stack: "rsql-fleet",
    protect: true,
    logs: { retentionDays: 30 },
    network: { vpc: "new" },
  });
  expect(settings.dispatcher).toMatchObject({
    architecture: "arm64",
    timeoutSeconds: 20,
    batch: { size: 10, windowSeconds: 0 },
  });
  expect(settings.workers).toMatchObject([
    { instance: "m7g.large", architecture: "arm64", spot: false, drainLimit: { seconds: 300 } },
  ]);
});

test("packages are those of make dist, for the architecture, of this release", () => {
  const settings = parseSettings("/fleet/infra/settings.yaml", LEAST.replace("}]", ", instance: m7i.large }]"));
  expect(settings.dispatcher.package.path).toBe("/fleet/dist/bootstrap-arm64.zip");
  expect(settings.workers[0]?.package.path).toBe(`/fleet/dist/rsql-fleet-worker-${version()}.x86_64.rpm`);
  expect(version()).toMatch(/^[0-9]+\.[0-9]+\.[0-9]+/);
});

test("paths are taken from the folder of the file", () => {
  const settings = parseSettings("/fleet/infra/night.yaml", EVERYTHING);
  expect(settings.dispatcher.package).toEqual({
    path: join("/fleet/infra/packages/bootstrap.zip"),
    asked: expect.stringMatching(/^night\.yaml:[0-9]+: dispatcher\.package$/) as string,
  });
});

test("pools are those of all groups, once, without the common queue", () => {
  expect(pools(parseSettings("settings.yaml", EVERYTHING))).toEqual(["finance", "shop"]);
  expect(pools(parseSettings("settings.yaml", LEAST))).toEqual([]);
});

test("instance types tell their architecture", () => {
  const check = (instance: string, expected: string): void => {
    const text = `workers: [{ name: default, queues: { default: 1 }, instance: ${instance} }]`;
    expect(parseSettings("settings.yaml", text).workers[0]?.architecture, instance).toBe(expected);
  };
  check("m7g.large", "arm64");
  check("c7gn.16xlarge", "arm64");
  check("im4gn.xlarge", "arm64");
  check("t4g.nano", "arm64");
  check("x2gd.metal", "arm64");
  check("m7i.large", "x86_64");
  check("m7i-flex.large", "x86_64");
  check("g5.xlarge", "x86_64");
  check("t3.small", "x86_64");
});

test("places of S3 are a bucket, or a part of one", () => {
  expect(parseSettings("settings.yaml", EVERYTHING).landing).toEqual([
    { bucket: "night-landing", prefix: "" },
    { bucket: "night-lake", prefix: "incoming/" },
  ]);
});

test("an anchor may be repeated", () => {
  const text =
    "workers:\n  - &one { name: default, queues: { default: 4 } }\n  - { name: two, queues: &q { a: 1 } }\n  - { name: three, queues: *q }\n";
  expect(parseSettings("settings.yaml", text).workers[2]?.queues).toEqual(new Map([["a", 1]]));
});
