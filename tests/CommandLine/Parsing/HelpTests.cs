using System.CommandLine;
using SspNative.Cli;
using SspNative.Cli.Terminal;
using SspNative.Tests.CommandLine.Terminal;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Parsing;

/// <summary>The help of every verb is readable on terminals of any width.</summary>
public class HelpTests
{
    public static TheoryData<string> Commands => [.. Paths(SspCommandLine.CreateRoot(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public void HelpFitsItsTerminal(string path)
    {
        string[] args = [.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"];
        string wide = CommandRun.Succeed(args);
        Assert.DoesNotContain(wide.Split(Environment.NewLine), l => l.EndsWith('\\'));
        foreach (int width in (int[])[40, 80, 132])
        {
            (string text, string examples) = Parts(Narrow.Run(width, args).Output);
            Narrow.AssertFits(width, text);
            Assert.Equal(Letters(Parts(wide).Text), Letters(text));
            // What is pasted is still the same command: no word of it is cut, though it be longer than a line.
            Narrow.AssertFits(width, string.Join(Environment.NewLine, examples.Split(Environment.NewLine).Where(l => !IsAWord(l))));
            Assert.Equal(Parts(wide).Examples, examples.Replace($" \\{Environment.NewLine}    ", " ", StringComparison.Ordinal));
        }
    }

    private static (string Text, string Examples) Parts(string help)
    {
        int end = help.IndexOf("Examples:", StringComparison.Ordinal);
        return (help[..end], help[end..]);
    }

    private static bool IsAWord(string line) => line.TrimEnd('\\').Trim() is { Length: > 0 } word && !word.Contains(' ');

    [Theory]
    [InlineData(40, "a word, a word of which", "a word, a word of which")]
    [InlineData(10, "a word, a word of which", "a word, a|word of|which")]
    [InlineData(10, "in /disk/user/models/a.safetensors lies", "in|/disk/|user/|models/a.|safetensor|s lies")]
    [InlineData(10, "123456789😀 1", "123456789|😀 1")]
    [InlineData(10, "", "")]
    public void TextIsBrokenBetweenWords(int width, string text, string lines) => Assert.Equal(lines, string.Join('|', WrappedText.Lines(text, width)));

    [Fact]
    public void WhatIsSaidStandsBesideTheNameWhereThereIsRoom()
    {
        const string text = "How many threads compute; so does SSP_THREADS=N.";
        Assert.Equal(["  --threads  How many threads compute; so does", "             SSP_THREADS=N."], WrappedText.Entry("  ", "--threads", 13, text, 53));
        Assert.Equal(["  --threads", "      How many threads compute; so", "      does SSP_THREADS=N."], WrappedText.Entry("  ", "--threads", 13, text, 36));
    }

    private static string Letters(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    private static IEnumerable<string> Paths(Command command, string path) =>
        command.Subcommands.SelectMany(c => Paths(c, $"{path} {c.Name}")).Prepend(path);
}
