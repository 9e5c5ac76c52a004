using System.Text;
using System.Text.Json.Nodes;
using SspNative.Engine.Diagnostics;
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
        using var file = new MemoryStream();
        new CallLog("cpu", [RecordedCalls.Of(kernel).First()]).Write(file);
        JsonNode log = JsonNode.Parse(file.ToArray())!;
        Assert.NotNull(log["calls"]![0]!["fields"]![field]);
        CallLog.Read(Stream(log), "calls.json");
        log["calls"]![0]!["fields"]![field] = JsonNode.Parse(value);
        Assert.StartsWith("calls.json: call 0: ", Assert.Throws<InvalidDataException>(() => CallLog.Read(Stream(log), "calls.json")).Message);
    }

    private static MemoryStream Stream(JsonNode log) => new(Encoding.UTF8.GetBytes(log.ToJsonString()));
}
