// A ministry's own adapter: reads its submissions, decides at once, writes its decisions.
const { randomBytes } = require("node:crypto");
const { Kafka, logLevel } = require("kafkajs");

const { MINISTRY, KAFKA_BOOTSTRAP, KAFKA_SECURITY, KAFKA_USER, KAFKA_PASSWORD } = process.env;
const FORMS = new Set(["submission_made", "submission_corrected"]);
const APPEAL_DAYS = Number(process.env.APPEAL_DAYS ?? 0); // with days it refuses, and hears objections
const REFUSED = {
  outcome: "refused",
  note: { bn: "একটি কাগজ নেই", en: "A paper is missing" },
  appeal_days: APPEAL_DAYS,
};

const kafka = new Kafka({
  clientId: KAFKA_USER,
  brokers: KAFKA_BOOTSTRAP.split(","),
  ssl: KAFKA_SECURITY === "SASL_SSL",
  sasl: { mechanism: "scram-sha-512", username: KAFKA_USER, password: KAFKA_PASSWORD },
  logLevel: logLevel.ERROR,
});
const consumer = kafka.consumer({
  groupId: `${KAFKA_USER}.adapter`, // its only groups
  sessionTimeout: 6_000, // a killed one is back after it
  maxWaitTimeInMs: 200,
});
const producer = kafka.producer({ idempotent: false });

async function main() {
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) stop(payload.error);
  });
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topic: `submissions.${MINISTRY}.v1`, fromBeginning: true });
  await consumer.run({
    // A submission is committed after its answer is written, never before.
    eachMessage: async ({ message }) => {
      const answer = answerTo(message);
      if (answer === null) return;
      await producer.send({ topic: `ministries.${MINISTRY}.v1`, acks: -1, messages: [answer] });
    },
  });
}

// The decision on a submission; null for what is not ours to decide, unknown or broken.
function answerTo(message) {
  const headers = Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value ?? "")]),
  );
  const submission = read(message.value);
  const isObjection = APPEAL_DAYS > 0 && headers.ce_type === "submission_appealed";
  if (submission === null || !headers.ce_id) return null;
  if (!FORMS.has(headers.ce_type) && !isObjection) return null;
  if (submission.served_by !== "own") return null; // the hosted adapter's
  const applicationId = submission.application_id;
  if (typeof applicationId !== "string") return null;
  // Here the ministry's own system opens a case. Number and id follow from the submission, so a
  // submission that is read twice is one case and one decision. With a table, look it up there.
  const decision = { application_id: applicationId, ministry: MINISTRY, outcome: "approved" };
  if (isObjection) decision.stage = "appeal"; // another officer has decided, in the same case
  else decision.case_file_number = `CASE/${headers.ce_id}`;
  if (APPEAL_DAYS > 0 && !isObjection) Object.assign(decision, REFUSED);
  return {
    key: applicationId,
    value: JSON.stringify(decision),
    headers: {
      ce_specversion: "1.0",
      ce_id: `${headers.ce_id}/decided`,
      ce_type: "ministry_decided",
      ce_source: `/${MINISTRY}/adapter`,
      ce_subject: applicationId,
      ce_time: new Date().toISOString(),
      "content-type": "application/json",
      ...traceOf(headers.traceparent),
    },
  };
}

// The submission's trace, with a span of its own if it is sampled (W3C Trace Context).
function traceOf(parent) {
  if (!parent) return {};
  if (!parent.endsWith("-01")) return { traceparent: parent };
  return { traceparent: `${parent.slice(0, 36)}${randomBytes(8).toString("hex")}-01` };
}

function read(value) {
  try {
    const parsed = JSON.parse(String(value));
    return parsed !== null && typeof parsed === "object" && !Array.isArray(parsed) ? parsed : null;
  } catch {
    console.error("a record is not JSON; it is left out");
    return null;
  }
}

function stop(failure) {
  console.error(`${failure.name}: ${failure.message}`);
  process.exit(1);
}

main().catch(stop);
