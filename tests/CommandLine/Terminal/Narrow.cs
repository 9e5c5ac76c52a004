using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Terminal;

/// <summary>Command lines on narrow terminals.</summary>
internal static class Narrow
{
    private const string Variable = "COLUMNS";

    /// <summary>Runs a command line where COLUMNS says how many characters a line has.</summary>
    public static CommandRun Run(int width, params string[] args)
    {
        string? before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, $"{width}");
        try
        {
            return CommandRun.Of(args);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }

    /// <summary>No line is longer, and none ends in spaces.</summary>
    public static void AssertFits(int width, string text) => Assert.All(
        text.Split(Environment.NewLine), l => Assert.True(l.Length <= width && l == l.TrimEnd(), $"{l.Length} characters: '{l}'"));
}
