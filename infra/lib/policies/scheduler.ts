// What schedules may do: send starts to the dispatcher. Owns their grants.

import type { FleetStack } from "../stack.ts";
import type { Grant } from "./grant.ts";

export function schedulerGrants(stack: FleetStack): Grant[] {
  return [{ sid: "Starts", actions: ["sqs:SendMessage"], resources: [stack.queueArn(stack.names.eventsQueue)] }];
}
