using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Tests.Kernels.Calls;
using Xunit;

namespace SspNative.Tests.Diagnostics;

/// <summary>Kernels check nothing: a file whose calls would leave their buffers is refused.</summary>
public sealed class CallLogTests
{
    [Theory]
    // 2⁶² elements of four bytes are none in 64 bits.
    [InlineData("affine", "count", "4611686018427387904")]
    [InlineData("add", "shape", "[1000]")]
    [InlineData("grid_sample", "shape", """{"b":1,"h":4096,"w":4096,"c":64,"hout":1,"wout":1}""")]
    [InlineData("embedding", "vocabulary", "1000000000")]
    public void WhatWouldLeaveItsBuffersIsRefused(string kernel, string field, string value)
    {
        JsonNode log = Written(kernel);
        Assert.NotNull(log["calls"]![0]!["fields"]![field]);
        log["calls"]![0]!["fields"]![field] = JsonNode.Parse(value);
        Assert.StartsWith("calls.json: call 0: ", Refused(log));
    }

    // A line of the file's own first call, with one field changed.
    [Theory]
    [InlineData("fill", "count", "-1", "a size is -1")]
    [InlineData("fill", "count", "\"3\"", "")]
    [InlineData("fill", "x", "[0]", "a buffer is its number and its bytes, as [3, 4096]")]
    [InlineData("fill", "x", "[0,-4]", "a size is -4")]
    [InlineData("fill", "count", "1000000", "fill: X needs 4000000 bytes and has ")]
    [InlineData("fill", "x", "7", "")]
    [InlineData("copy_strided", "from", "[]", "a layout is its offset and each dimension's size and stride, as [[0], [3, 5], [5, 1]]")]
    [InlineData("copy_strided", "from", "[[0],[1]]", "a layout is its offset and each dimension's size and stride, as [[0], [3, 5], [5, 1]]")]
    [InlineData("copy_strided", "from", "[[0,1]]", "a layout is its offset and each dimension's size and stride, as [[0], [3, 5], [5, 1]]")]
    [InlineData("copy_strided", "from", "[[0],[3,5],[1]]", "a layout is its offset and each dimension's size and stride, as [[0], [3, 5], [5, 1]]")]
    [InlineData(
        "deformable_attention", "shape", """{"b":1,"q":1,"heads":1,"dim":1,"points":1,"levels":[[1,1],[1]]}""",
        "levels are heights and widths, as [[12, 12], [24, 24]]")]
    [InlineData("gemm", "activation", "1", "")]
    [InlineData("gemm_batched", "batch", "[[3,35,0]]", "a batch is each dimension's size and the strides of a, b and c, as [[3, 35, 0, 21]]")]
    [InlineData("gemm_batched", "batch", "[null]", "a batch is each dimension's size and the strides of a, b and c, as [[3, 35, 0, 21]]")]
    public void WhatIsNoFieldIsRefused(string kernel, string field, string value, string told)
    {
        JsonNode log = Written(kernel);
        log["calls"]![0]!["fields"]![field] = JsonNode.Parse(value);
        Assert.StartsWith($"calls.json: call 0: {told}", Refused(log));
    }

    // An index that is none is the one number that may be negative.
    [Fact]
    public void LevelsAndAnIndexThatIsNoneAreReadBack()
    {
        using var device = new CountingDevice();
        DeviceBuffer x = device.Allocate(4096);
        var shape = new DeformableAttentionShape(1, 2, 1, 4, 1, [(2, 3), (1, 5)]);
        RecordedCall[] calls =
        [
            RecordedCall.Of(new EmbeddingBackwardCall(x, x, x, 3, 4, 5, -1)), RecordedCall.Of(new DeformableAttentionCall(shape, x, x, x, x)),
        ];
        using var stream = new MemoryStream();
        new CallLog("cpu", calls).Write(stream);
        stream.Position = 0;
        CallLog read = CallLog.Read(stream, "calls.json");
        Assert.Equal(calls.Select(CallLog.Signature), read.Calls.Select(CallLog.Signature));
        Assert.Contains("padding_index=-1", CallLog.Describe(read.Calls[0]));
        Assert.Contains("levels=[[2,3],[1,5]]", CallLog.Describe(read.Calls[1]));
        Assert.Equal(shape.Values, ((DeformableAttentionCall)read.Calls[1].Value).Shape.Values);
    }

    [Fact]
    public void AFieldMoreOrLessIsRefused()
    {
        JsonNode more = Written("fill"), less = Written("fill"), unknown = Written("fill"), twice = Written("add");
        more["calls"]![0]!["fields"]!["extra"] = 1;
        Assert.Contains("extra", Refused(more));
        less["calls"]![0]!["fields"]!.AsObject().Remove("count");
        Assert.Contains("count", Refused(less));
        unknown["calls"]![0]!["call"] = "paint";
        Assert.Equal("calls.json: call 0: there is no kernel paint", Refused(unknown));
        JsonNode y = twice["calls"]![0]!["fields"]!["y"]!, a = twice["calls"]![0]!["fields"]!["a"]!;
        y[0] = a[0]!.GetValue<int>();
        y[1] = a[1]!.GetValue<long>() + 4;
        Assert.Contains($"buffer {a[0]} has {a[1]} bytes in one place and {y[1]} in another", Refused(twice));
        // The second of two.
        JsonNode later = Written("fill");
        JsonNode second = later["calls"]![0]!.DeepClone();
        second["call"] = "paint";
        later["calls"]!.AsArray().Add(second);
        Assert.Equal("calls.json: call 1: there is no kernel paint", Refused(later));
    }

    [Theory]
    [InlineData("[]", "it is no recording of calls (ssp-calls-1)")]
    [InlineData("{}", "it is no recording of calls (ssp-calls-1)")]
    [InlineData("""{"format":"ssp-calls-2"}""", "it is no recording of calls (ssp-calls-1)")]
    [InlineData("""{"format":"ssp-calls-1"}""", "")]
    [InlineData("""{"format":"ssp-calls-1","calls":[]}""", "")]
    [InlineData("""{"format":"ssp-calls-1","device":"cpu","calls":[{}]}""", "call 0: ")]
    [InlineData("{", "")]
    public void WhatIsNoRecordingIsRefused(string text, string told)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        Assert.StartsWith($"calls.json: {told}", Assert.Throws<InvalidDataException>(() => CallLog.Read(stream, "calls.json")).Message);
    }

    [Fact]
    public void ARecordingKeepsItsDeviceNamesAndTimes()
    {
        using var device = new CountingDevice();
        var recorder = new CallRecorder();
        using var profiler = new Profiler();
        using (device.Observe(recorder))
        using (Profiler.Module("layer"))
        {
            DeviceBuffer x = device.Allocate(400);
            device.Launch(new FillCall(x, 2f, 100));
            device.Launch(new FillCall(x, 3f, 10));
            x.Release();
        }
        Assert.Equal(["fill", "fill"], recorder.Calls.Select(c => c.Name));
        Assert.All(recorder.Calls, c => Assert.Equal("layer", c.Module));
        Assert.InRange(recorder.Calls[0].Start, 0, recorder.Calls[1].Start);
        Assert.All(recorder.Calls, c => Assert.InRange(c.Seconds, 0, 10));
        using var stream = new MemoryStream();
        new CallLog("a device", recorder.Calls).Write(stream);
        stream.Position = 0;
        JsonNode log = JsonNode.Parse(stream)!;
        Assert.Equal(("ssp-calls-1", "a device"), (log["format"]!.GetValue<string>(), log["device"]!.GetValue<string>()));
        JsonNode first = log["calls"]![0]!, second = log["calls"]![1]!;
        Assert.Equal(
            """["call","module","start","seconds","flops","bytes_read","bytes_written","fields"]""",
            JsonSerializer.Serialize(first.AsObject().Select(p => p.Key)));
        Assert.Equal(("fill", "layer"), (first["call"]!.GetValue<string>(), first["module"]!.GetValue<string>()));
        Assert.Equal((0, 400), (first["bytes_read"]!.GetValue<int>(), first["bytes_written"]!.GetValue<int>()));
        Assert.Equal("""{"x":[0,400],"value":2,"count":100}""", first["fields"]!.ToJsonString());
        Assert.Equal("""{"x":[0,400],"value":3,"count":10}""", second["fields"]!.ToJsonString());
        stream.Position = 0;
        CallLog read = CallLog.Read(stream, "calls.json");
        Assert.Equal("a device", read.Device);
        Assert.Equal(recorder.Calls.Select(c => Math.Round(c.Seconds, 9)), read.Calls.Select(c => c.Seconds));
    }

    // What tells calls apart are their sizes, not where their buffers lie.
    [Fact]
    public void ACallIsDescribedByItsSizes()
    {
        using var device = new CountingDevice();
        DeviceBuffer a = device.Allocate(4096), b = device.Allocate(4096);
        RecordedCall product = RecordedCall.Of(new GemmCall(2, 3, 5, new(a, 0, 5), new(b, 0, 5, Transposed: true), new(a, 0, 3), Activation: Activation.Gelu));
        Assert.Matches("^gemm m=2 n=3 k=5 .*bᵀ.*activation=gelu", CallLog.Describe(product));
        Assert.DoesNotContain("aᵀ", CallLog.Describe(product));
        Assert.Equal("fill value=2 count=7", CallLog.Describe(RecordedCall.Of(new FillCall(a, 2f, 7))));
        Assert.Contains("[[0],[3,5]]", CallLog.Describe(RecordedCall.Of(
            new CopyStridedCall(a, new StridedLayout(0, new LayoutAxis(3, 5)), b, new StridedLayout(0, new LayoutAxis(3, 1)), 4))));
        Assert.Equal(CallLog.Signature(RecordedCall.Of(new FillCall(a, 2f, 7))), CallLog.Signature(RecordedCall.Of(new FillCall(b, 2f, 7))));
        Assert.NotEqual(CallLog.Signature(RecordedCall.Of(new FillCall(a, 2f, 7))), CallLog.Signature(RecordedCall.Of(new FillCall(a, 2f, 8))));
    }

    private static JsonNode Written(string kernel)
    {
        using var file = new MemoryStream();
        new CallLog("cpu", [RecordedCalls.Of(kernel).First()]).Write(file);
        JsonNode log = JsonNode.Parse(file.ToArray())!;
        CallLog.Read(Stream(log), "calls.json");
        return log;
    }

    private static string Refused(JsonNode log) => Assert.Throws<InvalidDataException>(() => CallLog.Read(Stream(log), "calls.json")).Message;

    private static MemoryStream Stream(JsonNode log) => new(Encoding.UTF8.GetBytes(log.ToJsonString()));
}
