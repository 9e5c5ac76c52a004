using SspNative.Cli.Ranks;
using Xunit;

namespace SspNative.Tests.CommandLine.Ranks;

public class RankWitnessTests
{
    /// <summary>A program's own start file says that it was called with the assembly, as dotnet does.</summary>
    [Theory]
    [InlineData("/usr/bin/dotnet", "/opt/ssp/ssp.dll", "/opt/ssp/ssp.dll --rank-witness")]
    [InlineData("/opt/ssp/ssp", "/opt/ssp/ssp.dll", "--rank-witness")]
    [InlineData("/opt/ssp", "/opt/ssp", "--rank-witness")]
    [InlineData("ssp.exe", "ssp.dll", "--rank-witness")]
    [InlineData("dotnet.exe", "ssp.dll", "ssp.dll --rank-witness")]
    public void OnlyDotnetIsToldWhatItRuns(string program, string self, string arguments) =>
        Assert.Equal(arguments, string.Join(' ', RankWitness.FirstArguments(program, self)));
}
