using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SspNative.Engine.Diagnostics;

/// <summary>The fields of calls as JSON in snake_case. Layouts are numbers in brackets, a buffer is its number and its size.</summary>
internal static class CallJson
{
    /// <summary>Options for one file: a buffer keeps its number throughout it.</summary>
    public static JsonSerializerOptions Options(BufferNumbers buffers) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        Converters =
        {
            Named<Activation>(), Named<AttentionMask>(), Named<DType>(),
            new SizeConverter<int>(), new SizeConverter<long>(), buffers, new ShapeConverter(), new LayoutConverter(), new BatchConverter(),
            new LevelsConverter(),
        },
        TypeInfoResolver = CallJsonContext.Default.WithAddedModifier(KeepFields),
    };

    // What a call computes from its fields is no field, and no field may be missing.
    private static void KeepFields(JsonTypeInfo type)
    {
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            if (type.Properties[i].Set is null)
                type.Properties.RemoveAt(i);
            else
                type.Properties[i].IsRequired = true;
        }
        foreach (JsonPropertyInfo property in type.Properties)
            if (property.Name == "padding_index")
                property.CustomConverter = JsonMetadataServices.Int32Converter;
    }

    private static JsonStringEnumConverter<T> Named<T>() where T : struct, Enum => new(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    private static T Read<T>(ref Utf8JsonReader reader, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize(ref reader, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)))!;

    private static void Write<T>(Utf8JsonWriter writer, T numbers, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, numbers, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));

    /// <summary>Whole numbers of calls are sizes, places and counts: none is negative.</summary>
    private sealed class SizeConverter<T> : JsonConverter<T> where T : struct, INumber<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            long value = reader.GetInt64();
            return value >= 0 ? T.CreateChecked(value) : throw new JsonException($"a size is {value}");
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(long.CreateChecked(value));
    }

    /// <summary>Buffers by number; those that are read have a size and no memory.</summary>
    internal sealed class BufferNumbers : JsonConverter<DeviceBuffer>
    {
        private readonly CountingDevice _sizes = new();
        private readonly Dictionary<DeviceBuffer, int> _numbers = [];
        private readonly Dictionary<int, DeviceBuffer> _buffers = [];

        /// <summary>Numbers begin again.</summary>
        public void Clear() => _numbers.Clear();

        public override DeviceBuffer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            long[] pair = CallJson.Read<long[]>(ref reader, options);
            if (pair.Length != 2 || pair[1] < 0)
                throw new JsonException("a buffer is its number and its bytes, as [3, 4096]");
            if (!_buffers.TryGetValue((int)pair[0], out DeviceBuffer? buffer))
                _buffers[(int)pair[0]] = buffer = _sizes.Allocate(pair[1]);
            return buffer.ByteLength == pair[1]
                ? buffer
                : throw new JsonException($"buffer {pair[0]} has {buffer.ByteLength} bytes in one place and {pair[1]} in another");
        }

        public override void Write(Utf8JsonWriter writer, DeviceBuffer value, JsonSerializerOptions options)
        {
            if (!_numbers.TryGetValue(value, out int number))
                _numbers[value] = number = _numbers.Count;
            CallJson.Write(writer, (long[])[number, value.ByteLength], options);
        }
    }

    private sealed class ShapeConverter : JsonConverter<Shape>
    {
        public override Shape Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(CallJson.Read<int[]>(ref reader, options));

        public override void Write(Utf8JsonWriter writer, Shape value, JsonSerializerOptions options) =>
            CallJson.Write(writer, value.ToArray(), options);
    }

    // [offset, [size, stride], …]
    private sealed class LayoutConverter : JsonConverter<StridedLayout>
    {
        public override StridedLayout Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            long[][] rows = CallJson.Read<long[][]>(ref reader, options);
            if (rows is not [{ Length: 1 }, ..] || rows.Skip(1).Any(r => r is not { Length: 2 }))
                throw new JsonException("a layout is its offset and each dimension's size and stride, as [[0], [3, 5], [5, 1]]");
            return new StridedLayout(rows[0][0], [.. rows.Skip(1).Select(r => new LayoutAxis(r[0], r[1]))]);
        }

        public override void Write(Utf8JsonWriter writer, StridedLayout value, JsonSerializerOptions options) =>
            CallJson.Write(writer, (long[][])[[value.Offset], .. value.Axes.ToArray().Select(a => new[] { a.Size, a.Stride })], options);
    }

    private sealed class BatchConverter : JsonConverter<BatchLayout>
    {
        public override BatchLayout Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            long[][] rows = CallJson.Read<long[][]>(ref reader, options);
            if (rows.Any(r => r is not { Length: 4 }))
                throw new JsonException("a batch is each dimension's size and the strides of a, b and c, as [[3, 35, 0, 21]]");
            return new BatchLayout([.. rows.Select(r => new BatchAxis((int)r[0], r[1], r[2], r[3]))]);
        }

        public override void Write(Utf8JsonWriter writer, BatchLayout value, JsonSerializerOptions options) =>
            CallJson.Write(writer, (long[][])[.. value.Axes.ToArray().Select(a => new[] { a.Size, a.A, a.B, a.C })], options);
    }

    private sealed class LevelsConverter : JsonConverter<LevelSizes>
    {
        public override LevelSizes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            int[][] rows = CallJson.Read<int[][]>(ref reader, options);
            return rows.All(r => r is { Length: 2 })
                ? LevelSizes.Create([.. rows.Select(r => (r[0], r[1]))])
                : throw new JsonException("levels are heights and widths, as [[12, 12], [24, 24]]");
        }

        public override void Write(Utf8JsonWriter writer, LevelSizes value, JsonSerializerOptions options)
        {
            var rows = new int[value.Count][];
            for (int i = 0; i < rows.Length; i++)
                rows[i] = [value[i].H, value[i].W];
            CallJson.Write(writer, rows, options);
        }
    }
}
