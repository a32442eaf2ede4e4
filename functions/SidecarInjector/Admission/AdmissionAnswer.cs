using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using SidecarInjector.Patching;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Admission;

/// <summary>The answer to an AdmissionReview: allowed or not, a patch, and what the API server passes on to users (warnings) and to its audit log.</summary>
public sealed record AdmissionAnswer
{
    /// <summary>Buffers are kept for the thread's next answer, but not one that an unusually large pod has made.</summary>
    private const int LargestKept = 1024 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? outer;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? inner;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required bool Allowed { get; init; }

    /// <summary>Why the pod is denied, for the person who created it.</summary>
    public string? Message { get; init; }

    /// <summary>Null or empty: the object stays as it is.</summary>
    public JsonPatch? Patch { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Short names without a slash, and values that do not change if the same pod comes again.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> AuditAnnotations { get; init; } = [];

    /// <summary>As what the request counts: the audit annotations <c>decision</c> and <c>reason</c>.</summary>
    internal CallOutcome Outcome => new(Audited("decision"), Audited("reason"));

    /// <summary>The review that answers <paramref name="review"/>: same version, same uid, and a patch only together with its type.</summary>
    public ReadOnlyMemory<byte> Write(AdmissionReview review)
    {
        var buffer = outer ??= new ArrayBufferWriter<byte>(16 * 1024);
        buffer.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "AdmissionReview"u8);
        writer.WriteString("apiVersion"u8, review.ApiVersion);
        writer.WriteStartObject("response"u8);
        writer.WriteString("uid"u8, review.Uid);
        writer.WriteBoolean("allowed"u8, Allowed);
        if (Message is not null)
            WriteStatus(writer, Message);
        if (Patch is { IsEmpty: false })
            WritePatch(writer, Patch);
        WriteExtras(writer);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        return Taken(buffer);
    }

    private string Audited(string key)
    {
        for (var i = 0; i < AuditAnnotations.Count; i++)
        {
            if (AuditAnnotations[i].Key == key)
                return AuditAnnotations[i].Value;
        }
        return CallOutcome.NoReason;
    }

    private static byte[] Taken(ArrayBufferWriter<byte> buffer)
    {
        var bytes = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > LargestKept)
            outer = null;
        return bytes;
    }

    private static void WriteStatus(Utf8JsonWriter writer, string message)
    {
        writer.WriteStartObject("status"u8);
        writer.WriteString("message"u8, message);
        writer.WriteNumber("code"u8, 400);
        writer.WriteEndObject();
    }

    private static void WritePatch(Utf8JsonWriter writer, JsonPatch patch)
    {
        var buffer = inner ??= new ArrayBufferWriter<byte>(16 * 1024);
        buffer.ResetWrittenCount();
        using (var patchWriter = new Utf8JsonWriter(buffer, Options))
            patch.WriteTo(patchWriter);
        writer.WriteString("patchType"u8, "JSONPatch"u8);
        writer.WriteBase64String("patch"u8, buffer.WrittenSpan);
        if (buffer.Capacity > LargestKept)
            inner = null;
    }

    private void WriteExtras(Utf8JsonWriter writer)
    {
        if (Warnings.Count > 0)
        {
            writer.WriteStartArray("warnings"u8);
            foreach (var warning in WarningText.Fitting(Warnings))
                writer.WriteStringValue(warning);
            writer.WriteEndArray();
        }
        if (AuditAnnotations.Count == 0)
            return;
        writer.WriteStartObject("auditAnnotations"u8);
        foreach (var (name, value) in AuditAnnotations)
            writer.WriteString(name, value);
        writer.WriteEndObject();
    }
}
