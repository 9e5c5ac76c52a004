using SspNative.Cli.Options;
using SspNative.Kernels;
using Xunit;

namespace SspNative.Tests.CommandLine.Options;

/// <summary>Which device each of several ranks on a machine takes.</summary>
public sealed class DeviceOptionTests
{
    private static readonly GpuDeviceInfo[] _all =
    [
        Device("cuda:0", "card", usable: false), Device("cuda:1", "card"), Device("cuda:2", "other card"), Device("cuda:3", "card"), Device("opencl:0", "card"),
        Device("opencl:1", "processor", isGpu: false),
    ];

    [Theory]
    [InlineData("cuda", 0, "cuda:1")]
    [InlineData("cuda", 1, "cuda:3")]
    [InlineData("cuda", 2, "cuda:1")]
    [InlineData("auto", 1, "cuda:3")]
    [InlineData("opencl", 0, "opencl:0")]
    [InlineData("opencl", 1, "opencl:0")]
    public void RanksTakeDevicesOfOneKindInTurn(string name, int localRank, string taken) => Assert.Equal(taken, DeviceOption.Chosen(name, _all, localRank));

    [Fact]
    public void WithoutAUsableDeviceAutoIsTheProcessorAndANameStays()
    {
        Assert.Equal("cpu", DeviceOption.Chosen("auto", [_all[0], _all[5]], 3));
        Assert.Equal("cuda", DeviceOption.Chosen("cuda", [_all[0]], 3));
    }

    private static GpuDeviceInfo Device(string name, string hardware, bool isGpu = true, bool usable = true) =>
        new(name, hardware, "driver", isGpu, 1, 1, 1, [], usable ? null : "too old");
}
