using System.Text.Json;

namespace SspNative.Engine.Diagnostics;

/// <summary>A recording as a file: every call with its fields, module, begin and time.</summary>
/// <param name="Device">What it ran on.</param>
/// <param name="Calls">In the order in which they began.</param>
public sealed record CallLog(string Device, IReadOnlyList<RecordedCall> Calls)
{
    private const string Format = "ssp-calls-1";

    /// <summary>Characters of what is wrong; messages of JSON quote all that is around.</summary>
    private const int MostShown = 300;

    private static readonly Lock _lock = new();
    private static readonly CallJson.BufferNumbers _numbers = new();
    private static readonly JsonSerializerOptions _options = CallJson.Options(_numbers);

    /// <summary>Writes a recording.</summary>
    public void Write(Stream stream)
    {
        JsonSerializerOptions options = CallJson.Options(new CallJson.BufferNumbers());
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("device", Device);
        json.WriteStartArray("calls");
        foreach (RecordedCall call in Calls)
        {
            json.WriteStartObject();
            json.WriteString("call", call.Name);
            json.WriteString("module", call.Module);
            json.WriteNumber("start", Math.Round(call.Start, 9));
            json.WriteNumber("seconds", Math.Round(call.Seconds, 9));
            json.WriteNumber("flops", call.Cost.Flops);
            json.WriteNumber("bytes_read", call.Cost.BytesRead);
            json.WriteNumber("bytes_written", call.Cost.BytesWritten);
            json.WritePropertyName("fields");
            JsonSerializer.Serialize(json, call.Value, options.GetTypeInfo(call.Value.GetType()));
            json.WriteEndObject();
            if (json.BytesPending > 1 << 16)
                json.Flush();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads a recording.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">How errors name it.</param>
    /// <exception cref="InvalidDataException">It is none, or a call is not one of this version's kernels.</exception>
    public static CallLog Read(Stream stream, string name)
    {
        int index = -1;
        try
        {
            using JsonDocument document = JsonDocument.Parse(stream);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("format", out JsonElement format) || format.GetString() != Format)
                throw new InvalidDataException($"it is no recording of calls ({Format})");
            JsonSerializerOptions options = CallJson.Options(new CallJson.BufferNumbers());
            var calls = new List<RecordedCall>();
            foreach (JsonElement entry in root.GetProperty("calls").EnumerateArray())
            {
                index++;
                RecordedCall call = CallCatalogue.Read(entry.GetProperty("call").GetString() ?? "", entry.GetProperty("fields"), options);
                RequireMemory(call);
                call.Seconds = entry.GetProperty("seconds").GetDouble();
                calls.Add(call);
            }
            return new CallLog(root.GetProperty("device").GetString() ?? "", calls);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException or ArithmeticException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"{name}: {(index >= 0 ? $"call {index}: " : "")}{ShownText.Of(e.Message.ReplaceLineEndings(" "), MostShown)}", e);
        }
    }

    /// <summary>A call on one line: its sizes, and which matrices are transposed.</summary>
    public static string Describe(RecordedCall call)
    {
        using JsonDocument fields = JsonDocument.Parse(Fields(call));
        return string.Join(' ', [call.Name, .. Sizes(fields.RootElement)]);
    }

    /// <summary>What tells calls of one kernel apart: their fields, with buffers numbered anew in each.</summary>
    public static string Signature(RecordedCall call) => call.Name + Fields(call);

    private static string Fields(RecordedCall call)
    {
        lock (_lock)
        {
            _numbers.Clear();
            return JsonSerializer.Serialize(call.Value, _options.GetTypeInfo(call.Value.GetType()));
        }
    }

    private static IEnumerable<string> Sizes(JsonElement fields)
    {
        foreach (JsonProperty field in fields.EnumerateObject())
        {
            JsonElement value = field.Value;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("transposed", out JsonElement transposed))
            {
                if (transposed.GetBoolean())
                    yield return $"{field.Name}ᵀ";
            }
            else if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (string size in Sizes(value))
                    yield return size;
            }
            else if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number))
            {
                yield return $"{field.Name}={number}";
            }
            else if (value.ValueKind == JsonValueKind.String)
            {
                yield return $"{field.Name}={value.GetString()}";
            }
            else if (value.ValueKind == JsonValueKind.Array && (value.GetArrayLength() != 2 || value[0].ValueKind == JsonValueKind.Array))
            {
                yield return $"{field.Name}={value.GetRawText()}";
            }
        }
    }

    // Kernels check nothing, so a file must not ask for what is not there.
    private static void RequireMemory(RecordedCall call)
    {
        if (call is RecordedCall<GemmBatchedCall> { Call.Product.BType: DType.F32Panels })
            throw new InvalidDataException($"{call.Name}: packed weights are for {GemmCall.Name} alone");
        call.RequireSound();
        foreach (Operand operand in call.Operands)
        {
            long bytes = checked(operand.Layout.End * operand.DType.Size());
            if (bytes > operand.Buffer.ByteLength)
                throw new InvalidDataException($"{call.Name}: {operand.Name} needs {bytes} bytes and has {operand.Buffer.ByteLength}");
        }
    }
}
