import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.*;

/** A ministry's own adapter: reads its submissions, decides at once, writes its decisions. */
public final class Adapter {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> FORMS = Set.of("submission_made", "submission_corrected");
    /** With days it refuses, and hears objections. */
    private static final int APPEAL_DAYS =
            Integer.parseInt(System.getenv().getOrDefault("APPEAL_DAYS", "0"));
    private static final String MINISTRY = System.getenv("MINISTRY");
    private static final String READS = "submissions." + MINISTRY + ".v1";
    private static final String WRITES = "ministries." + MINISTRY + ".v1";

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> reading = kafka();
        reading.put("group.id", System.getenv("KAFKA_USER") + ".adapter"); // its only groups
        reading.put("group.instance.id", "1"); // one of several: 2, 3; a killed one is back at once
        reading.put("auto.offset.reset", "earliest"); // from the first submission on
        reading.put("enable.auto.commit", false); // only what is answered is committed
        Map<String, Object> writing = kafka();
        writing.put("acks", "all");
        var bytes = new ByteArrayDeserializer();
        try (var consumer = new KafkaConsumer<>(reading, bytes, bytes);
                var producer = new KafkaProducer<>(
                        writing, new ByteArraySerializer(), new ByteArraySerializer())) {
            consumer.subscribe(List.of(READS));
            while (true) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    var answer = answer(record);
                    if (answer != null) producer.send(answer).get();
                }
                consumer.commitSync();
            }
        }
    }

    /** Brokers and login, from the environment. */
    private static Map<String, Object> kafka() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", System.getenv("KAFKA_BOOTSTRAP"));
        settings.put("security.protocol", System.getenv("KAFKA_SECURITY"));
        settings.put("sasl.mechanism", "SCRAM-SHA-512");
        settings.put("sasl.jaas.config", String.format(
                "org.apache.kafka.common.security.scram.ScramLoginModule required "
                        + "username=\"%s\" password=\"%s\";",
                System.getenv("KAFKA_USER"), System.getenv("KAFKA_PASSWORD")));
        return settings;
    }

    /** The decision on a submission; null for what is not ours to decide, unknown or broken. */
    private static ProducerRecord<byte[], byte[]> answer(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) headers.put(header.key(), text(header.value()));
        String id = headers.get("ce_id");
        JsonNode submission = read(record.value());
        String type = headers.get("ce_type");
        boolean isObjection = APPEAL_DAYS > 0 && "submission_appealed".equals(type);
        if (submission == null || id == null || !FORMS.contains(type) && !isObjection) return null;
        if (!submission.path("served_by").asText().equals("own")) return null; // the hosted adapter's
        JsonNode application = submission.path("application_id");
        if (!application.isTextual()) return null;
        // Here the ministry's own system opens a case. Number and id follow from the submission, so a
        // submission that is read twice is one case and one decision. With a table, look it up there.
        var decision = JSON.createObjectNode();
        decision.put("application_id", application.asText());
        decision.put("ministry", MINISTRY);
        decision.put("outcome", APPEAL_DAYS > 0 && !isObjection ? "refused" : "approved");
        if (isObjection) decision.put("stage", "appeal"); // another officer, in the same case
        else decision.put("case_file_number", "CASE/" + id);
        if (APPEAL_DAYS > 0 && !isObjection) decision.put("appeal_days", APPEAL_DAYS)
                .putObject("note").put("bn", "একটি কাগজ নেই").put("en", "A paper is missing");
        var answer = new ProducerRecord<>(
                WRITES, bytes(application.asText()), bytes(decision.toString()));
        Map<String, String> envelope = new TreeMap<>(Map.of(
                "ce_specversion", "1.0", "ce_id", id + "/decided", "ce_type", "ministry_decided",
                "ce_source", "/" + MINISTRY + "/adapter", "ce_subject", application.asText(),
                "ce_time", Instant.now().toString(), "content-type", "application/json"));
        String trace = trace(headers.get("traceparent"));
        if (trace != null) envelope.put("traceparent", trace);
        envelope.forEach((name, value) -> answer.headers().add(name, bytes(value)));
        return answer;
    }

    /** The submission's trace, with a span of its own if it is sampled (W3C Trace Context). */
    private static String trace(String parent) {
        if (parent == null || !parent.endsWith("-01")) return parent;
        String span = String.format("%016x", new Random().nextLong() | 1);
        return parent.substring(0, 36) + span + "-01";
    }

    private static JsonNode read(byte[] value) {
        try {
            JsonNode read = value == null ? null : JSON.readTree(value);
            return read != null && read.isObject() ? read : null;
        } catch (java.io.IOException broken) {
            System.err.println("a record is not JSON; it is left out");
            return null;
        }
    }

    private static String text(byte[] value) {
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
