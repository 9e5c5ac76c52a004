using System.Text.Json;
using SspNative.Lab.Benchmarking;
using SspNative.Lab.Workloads;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Benchmarking;

/// <summary>A peer that computes something else gets no number.</summary>
public class OutputComparisonTests
{
    private const string Tiny = "bert batch=1 tokens=3 layers=1 hidden=8 heads=2 intermediate=16 vocabulary=11";

    private static readonly CaseOutput _ours = new("y", [2], [3f, 4f]);

    [Fact]
    public void ErrorsAreRelative()
    {
        Assert.Equal((0.0, null), OutputComparison.Compare([_ours], [_ours]));
        (double difference, string? disagreement) = OutputComparison.Compare([_ours], [new("y", [2], [3f, 4.001f])]);
        Assert.Equal(2e-4, difference, 1e-6);
        Assert.Null(disagreement);
    }

    [Fact]
    public void WhatDiffersIsNamed()
    {
        Assert.Equal("its y differs by 2.0e-1", OutputComparison.Compare([_ours], [new("y", [2], [3f, 5f])]).Disagreement);
        Assert.Equal("its y differs by NaN", OutputComparison.Compare([_ours], [new("y", [2], [3f, float.NaN])]).Disagreement);
        Assert.Equal("its y is (2,1), not (2)", OutputComparison.Compare([_ours], [new("y", [2, 1], [3f, 4f])]).Disagreement);
        Assert.Equal("it has no output y", OutputComparison.Compare([_ours], [new("z", [2], [3f, 4f])]).Disagreement);
    }

    [SkippableFact]
    public void APeerThatDisagreesIsAnErrorAndNoNumber()
    {
        FakePeer.SkipWithoutShell();
        CommandRun run = CommandRun.Of("bench", "model", Tiny, "--quick", "--json", "--peer-command", FakePeer.Command);
        Assert.Equal(1, run.Code);
        using JsonDocument report = JsonDocument.Parse(run.Output);
        JsonElement result = report.RootElement.GetProperty("results")[0];
        Assert.Equal("it has no output last_hidden_state", result.GetProperty("disagreement").GetString());
        Assert.True(!result.TryGetProperty("peer", out JsonElement peer) || peer.ValueKind == JsonValueKind.Null);
        Assert.Contains(
            $"The peer computes something else: {Tiny}",
            CommandRun.Of("bench", "model", Tiny, "--quick", "--peer-command", FakePeer.Command).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert batch=1", "bert needs tokens")]
    [InlineData("bertha batch=1", "there is no model kind \"bertha\"")]
    [InlineData("vggish examples=1 backward", "models are timed forward")]
    [InlineData("bert batch=1 tokens=3 hidden=10 heads=4", "hidden_size")]
    public void AModelThatDoesNotExistIsRefused(string text, string reason)
    {
        CommandRun run = CommandRun.Of("bench", "model", text, "--quick");
        Assert.Equal(2, run.Code);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
    }
}
