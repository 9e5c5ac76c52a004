using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace SspNative.Tests.Examples;

/// <summary>The example that trains a small network with the engine alone.</summary>
public sealed class MlpTests
{
    [Fact]
    public void ItsLossFalls()
    {
        using Process example = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "mlp.dll")])
        {
            RedirectStandardOutput = true,
        })!;
        string output = example.StandardOutput.ReadToEnd();
        example.WaitForExit();
        Assert.Equal(0, example.ExitCode);
        double[] losses = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Loss)];
        Assert.Equal(6, losses.Length);
        Assert.Equal(losses.OrderDescending(), losses);
        Assert.InRange(losses[0], 0.5, 1.5);
        Assert.InRange(losses[^1], 0, 0.05);
    }

    // "step  40  loss 0.1234"
    private static double Loss(string line) => double.Parse(line.Split("loss")[1], CultureInfo.InvariantCulture);
}
