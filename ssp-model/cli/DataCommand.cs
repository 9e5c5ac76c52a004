using System.CommandLine;
using Spectre.Console;
using SspNative.Model.Data.Synthetic;

namespace SspNative.Cli;

/// <summary><c>ssp data</c>: data sets.</summary>
internal static class DataCommand
{
    public static Command Create() => new Verb(
        "data",
        "Makes data sets.",
        "ssp data synth --out synth --clips 500 --seed 1",
        "ssp data synth --out test --clips 100 --seed 2 --split test --size 224")
    {
        CreateSynth(),
    };

    private static Command CreateSynth()
    {
        var output = new Option<string>("--out") { Description = "The folder to make.", HelpName = "DIR", Required = true };
        var clips = new Option<int>("--clips") { Description = "How many clips.", HelpName = "N", Required = true };
        var seed = new Option<ulong>("--seed")
        {
            Description = "The same seed gives the same bytes.",
            HelpName = "N",
            Required = true,
        };
        var size = new Option<int>("--size")
        {
            Description = "Width and height in pixels.",
            HelpName = "N",
            DefaultValueFactory = _ => 128,
        };
        var frames = new Option<int>("--frames")
        {
            Description = "Frames of a clip, one for each second.",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };
        var split = new Option<string>("--split")
        {
            Description = "What the clips are for: train, val or test, or the shares of the three.",
            HelpName = "train|val|test|SHARES",
            DefaultValueFactory = _ => "0.8,0.1,0.1",
        };
        var command = new Verb(
            "synth",
            "Makes a synthetic audio-visual data set in AVSBench's layout, with exact masks, exact flow and captions.",
            "ssp data synth --out synth --clips 500 --seed 1")
        {
            output, clips, seed, size, frames, split,
        };
        command.SetAction(parsed => Run(
            parsed,
            parsed.GetRequiredValue(output),
            new SyntheticOptions(
                parsed.GetRequiredValue(clips), parsed.GetRequiredValue(seed), parsed.GetRequiredValue(size),
                parsed.GetRequiredValue(frames), SplitShares.Parse(parsed.GetRequiredValue(split)))));
        return command;
    }

    private static int Run(ParseResult parsed, string folder, SyntheticOptions options)
    {
        IReadOnlyList<(string Difficulty, int Clips)> difficulties =
            Progress.Show(parsed, progress => SyntheticDataSet.Write(folder, options, progress));
        IAnsiConsole console = Output.Lines(parsed.InvocationConfiguration.Output);
        console.MarkupLineInterpolated(
            $"{folder}: {Output.Count(options.Clips, "clip")} of {Output.Count(options.Frames, "frame")}, {options.Size}×{options.Size}, seed {options.Seed}");
        console.MarkupLineInterpolated($"{string.Join(", ", difficulties.Select(d => $"{d.Difficulty} {d.Clips}"))}");
        return SspCommandLine.Success;
    }
}
