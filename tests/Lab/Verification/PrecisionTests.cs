using System.Text.Json;
using SspNative.Cli.Terminal;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Verification;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Verification;

/// <summary>What holding weights as bf16 costs, case by case.</summary>
public sealed class PrecisionTests
{
    private static readonly string _reference = Path.Combine(AppContext.BaseDirectory, "reference");

    [Theory]
    [InlineData("ops/linear", 1)]
    [InlineData("models/clip-vision-tiny", 10)]
    [InlineData("models/aavs-avs-tiny", 20)]
    public void ItsErrorIsThatOfRoundedWeightsAndWithinTheLimit(string name, int matrices)
    {
        PrecisionResult result = PrecisionComparison.Run(Case(name), CpuDevice.Of(Precision.Bf16), CpuDevice.Default);
        Assert.True(result.Passed, $"{result.Failure} {result.Error} {result.Limit}");
        Assert.True(result.Matrices >= matrices, $"{result.Matrices} matrices");
        Assert.InRange(result.Fp32Error!.Value, 0, 1e-5);
        // Less would mean that nothing was rounded.
        Assert.InRange(result.Error!.Value, 3e-4, result.Limit);
    }

    [Fact]
    public void WhereNothingIsRoundedNothingChanges()
    {
        PrecisionResult result = PrecisionComparison.Run(Case("ops/softmax"), CpuDevice.Of(Precision.Bf16), CpuDevice.Default);
        Assert.True(result.Passed, result.Failure);
        Assert.Equal(0, result.Matrices);
        Assert.Equal(result.Fp32Error, result.Error);
    }

    [Fact]
    public void TheCommandShowsBothErrorsOfEachCase()
    {
        (int exitCode, string output, string error) = CommandRun.Of("verify", Case("ops/linear"), "--precision", "bf16", "--json");
        Assert.Equal((ExitCodes.Success, ""), (exitCode, error));
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal("bf16", report.GetProperty("precision").GetString());
        JsonElement found = report.GetProperty("cases")[0];
        Assert.True(found.GetProperty("error").GetDouble() > 100 * found.GetProperty("fp32_error").GetDouble());
    }

    [Theory]
    [InlineData("tf32")]
    [InlineData("tf32x3")]
    public void TheProcessorHasNoTensorCores(string precision)
    {
        (int exitCode, string output, string error) = CommandRun.Of("verify", Case("ops/linear"), "--precision", precision);
        Assert.Equal((ExitCodes.BadInput, ""), (exitCode, output));
        Assert.Contains($"the precision {precision} needs the tensor cores of a CUDA device", error);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Case(string name) => Path.Combine(_reference, name + ".safetensors");
}
