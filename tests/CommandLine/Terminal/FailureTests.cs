using System.CommandLine;
using SspNative.Cli;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.CommandLine.Terminal;

/// <summary>Whatever a verb throws becomes one line and an exit code.</summary>
public class FailureTests
{
    public static TheoryData<string, int, string> Failures => new()
    {
        { "input", ExitCodes.BadInput, "the clip is of no use" },
        { "disk", ExitCodes.BadInput, "the disk is full" },
        { "threads", ExitCodes.BadInput, "the disk is full" },
        { "memory", ExitCodes.BadInput, "ssp fail: out of memory: the system has no 5 bytes" },
        { "defect", ExitCodes.Defect, "ssp fail: InvalidOperationException: the wheel came off This is a defect; --debug shows where." },
        { "thread-defect", ExitCodes.Defect, "ssp fail: InvalidOperationException: the wheel came off This is a defect; --debug shows where." },
        { "static", ExitCodes.Defect, "ssp fail: InvalidOperationException: the wheel came off This is a defect; --debug shows where." },
        { "library", ExitCodes.Defect, "install it again: libSkiaSharp" },
        { "format", ExitCodes.Defect, "install it again" },
        { "assembly", ExitCodes.Defect, "install it again" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void EveryExceptionIsOneLine(string kind, int code, string part)
    {
        CommandRun run = Fail(kind);
        Assert.Equal(code, run.Code);
        Assert.Empty(run.Output);
        Assert.Contains(part, run.Line);
    }

    [Fact]
    public void DebugShowsTheTrace()
    {
        CommandRun run = Fail("defect", "--debug");
        Assert.Equal(ExitCodes.Defect, run.Code);
        Assert.Contains(nameof(Throw), run.Error);
        Assert.DoesNotContain(nameof(Throw), Fail("defect").Error);
        Assert.Contains(nameof(Throw), Fail("input", "--debug").Error);
    }

    [Fact]
    public void EveryVerbHasDebug() => Assert.All(
        new[] { "segment", "verify", "describe", "train", "eval", "ablate", "export", "data synth", "profile segment", "bench roof" },
        v => Assert.Contains("--debug", CommandRun.Of([.. v.Split(' '), "--help"]).Output));

    [Fact]
    public void ALongMessageIsCutAndKeepsItsEnd()
    {
        string line = Fail("long").Line;
        Assert.Equal(PlainText.LongestLine, line.TrimEnd('\r').Length);
        Assert.Contains("…", line);
        Assert.EndsWith("give --less", line.TrimEnd('\r'));
    }

    [Fact]
    public void LinesAndControlCharactersOfAMessageAreTaken()
    {
        string line = Fail("lines").Line;
        Assert.Contains("one two", line);
        Assert.DoesNotContain('\u001b', line);
        Assert.DoesNotContain('\u202e', line);
    }

    [Fact]
    public void AfterAnInterruptWhatFailsIsInterrupted()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Equal(ExitCodes.Interrupted, CommandRun.Of(Root("stop"), stop.Token, "fail").Code);
        Assert.Equal("ssp fail: interrupted", CommandRun.Of(Root("stop"), stop.Token, "fail").Line.TrimEnd('\r'));
        Assert.Equal(ExitCodes.Interrupted, CommandRun.Of(Root("disk"), stop.Token, "fail").Code);
        Assert.Equal(ExitCodes.Interrupted, CommandRun.Of(Root("nothing"), stop.Token, "fail").Code);
        Assert.Equal(ExitCodes.Defect, CommandRun.Of(Root("defect"), stop.Token, "fail").Code);
        Assert.Equal(ExitCodes.Defect, Fail("stop").Code);
    }

    private static CommandRun Fail(string kind, params string[] args) => CommandRun.Of(Root(kind), CancellationToken.None, ["fail", .. args]);

    private static RootCommand Root(string kind)
    {
        RootCommand root = SspCommandLine.CreateRoot();
        var verb = new Verb("fail", "Fails.");
        verb.SetAction(_ => Throw(kind));
        root.Add(verb);
        return root;
    }

    private static int Throw(string kind) => kind switch
    {
        "nothing" => ExitCodes.Success,
        "input" => throw new InputException("the clip is of no use"),
        "disk" => throw new IOException("the disk is full"),
        "threads" => throw new AggregateException(new OperationCanceledException(), new AggregateException(new IOException("the disk is full"))),
        "memory" => throw new OutOfMemoryException("the system has no 5 bytes"),
        "thread-defect" => throw new AggregateException(new InvalidOperationException("the wheel came off")),
        "static" => throw new TypeInitializationException("X", new InvalidOperationException("the wheel came off")),
        "library" => throw new TypeInitializationException("Y", new DllNotFoundException("libSkiaSharp")),
        "format" => throw new BadImageFormatException("bad image"),
        "assembly" => throw new FileNotFoundException("not found", "Spectre.Console, Version=1.0.0.0"),
        "long" => throw new InputException($"{new string('x', 200_000)} give --less"),
        "lines" => throw new InputException("one\r\n\ttwo\u001b[31m\u202e"),
        "stop" => throw new OperationCanceledException(),
        _ => throw new InvalidOperationException("the wheel came off"),
    };
}
