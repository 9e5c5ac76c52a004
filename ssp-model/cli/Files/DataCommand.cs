using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Model.Data.Cutouts;
using SspNative.Model.Data.Synthetic;

namespace SspNative.Cli.Files;

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
        CreateCutouts(),
    };

    private static Command CreateSynth()
    {
        var set = new DataSetOptions();
        var command = new Verb(
            "synth",
            "Makes a synthetic audio-visual data set in AVSBench's layout, with exact masks, exact flow and captions.",
            "ssp data synth --out synth --clips 500 --seed 1",
            "ssp data synth --out moving --clips 500 --seed 1 --motion-sound-correlation 0.6 --camouflage 0.5",
            "ssp data synth --out told --clips 500 --seed 1 --text-hit-rate 0.95 --text-false-alarm-rate 0.2");
        set.AddTo(command);
        command.SetAction(parsed => set.Run(parsed, SyntheticDataSet.Write));
        return command;
    }

    private static Command CreateCutouts()
    {
        var set = new DataSetOptions();
        var stamps = new Option<string>("--stamps") { Description = "Debian's tuxpaint-stamps-default, unpacked.", HelpName = "DIR", Required = true };
        var gcompris = new Option<string>("--gcompris") { Description = "Debian's gcompris-qt-data, unpacked.", HelpName = "DIR", Required = true };
        var backgrounds = new Option<string>("--backgrounds") { Description = "A folder of photographs, JPEG.", HelpName = "DIR", Required = true };
        var command = new Verb(
            "cutouts",
            "Makes the same kind of clips from cut-out pictures and recordings before photographs; clips for testing have others than the rest.",
            "ssp data cutouts --out cutouts --clips 500 --seed 1 --stamps packages/stamps --gcompris packages/gcompris --backgrounds packages/backgrounds")
        {
            stamps, gcompris, backgrounds,
        };
        set.AddTo(command);
        command.SetAction(parsed => set.Run(parsed, (folder, options, progress) => CutoutDataSet.Write(
            folder, options,
            new CutoutFolders(parsed.GetRequiredValue(stamps), parsed.GetRequiredValue(gcompris), parsed.GetRequiredValue(backgrounds)), progress)));
        return command;
    }

    /// <summary>The options that all made data sets have.</summary>
    private sealed class DataSetOptions
    {
        private readonly Option<string> _output = new("--out") { Description = "The folder to make.", HelpName = "DIR", Required = true };

        private readonly Option<int> _clips = new("--clips") { Description = "How many clips.", HelpName = "N", Required = true };

        private readonly Option<ulong> _seed = new("--seed") { Description = "The same seed gives the same bytes.", HelpName = "N", Required = true };

        private readonly Option<int> _size = new("--size") { Description = "Width and height in pixels.", HelpName = "N", DefaultValueFactory = _ => 128 };

        private readonly Option<int> _frames = new("--frames")
        {
            Description = "Frames of a clip, one for each second.",
            HelpName = "N",
            DefaultValueFactory = _ => 5,
        };

        private readonly Option<string> _split = new("--split")
        {
            Description = "What the clips are for: train, val or test, or the shares of the three.",
            HelpName = "train|val|test|SHARES",
            DefaultValueFactory = _ => "0.8,0.1,0.1",
        };

        private readonly PremiseOptions _premise = new();

        public void AddTo(Command command)
        {
            foreach (Option option in (Option[])[_output, _clips, _seed, _size, _frames, _split])
                command.Add(option);
            _premise.AddTo(command);
        }

        /// <summary>Makes a set and tells what is in it.</summary>
        public int Run(ParseResult parsed, Func<string, SyntheticOptions, StageProgress, WrittenDataSet> write)
        {
            string folder = parsed.GetRequiredValue(_output);
            var options = new SyntheticOptions(
                parsed.GetRequiredValue(_clips), parsed.GetRequiredValue(_seed), parsed.GetRequiredValue(_size), parsed.GetRequiredValue(_frames),
                SplitShares.Parse(parsed.GetRequiredValue(_split)))
            {
                Premise = _premise.Read(parsed),
            };
            WrittenDataSet written = ProgressBars.Show(parsed, progress => write(folder, options, progress));
            IAnsiConsole console = Output.Lines(parsed.InvocationConfiguration.Output);
            string clips = Output.Count(options.Clips, "clip"), frames = Output.Count(options.Frames, "frame");
            console.MarkupLineInterpolated($"{folder}: {clips} of {frames}, {options.Size}×{options.Size}, seed {options.Seed}");
            console.MarkupLineInterpolated($"{string.Join(", ", written.Difficulties.Select(d => $"{d.Difficulty} {d.Clips}"))}");
            Tell(console, written.Facts);
            return ExitCodes.Success;
        }

        private static void Tell(IAnsiConsole console, DataSetFacts facts)
        {
            if (facts is { MovingIfSounding: { } sounding, MovingIfSilent: { } silent, MotionSoundCorrelation: { } gap })
                console.MarkupLineInterpolated(
                    CultureInfo.InvariantCulture,
                    $"moving: {sounding:P0} of {facts.SoundingThings} sounding, {silent:P0} of {facts.SilentThings} silent things, difference {gap:0.00}");
            if (facts is { TextBits: { } bits, CountedTextBits: { } counted })
                console.MarkupLineInterpolated(
                    CultureInfo.InvariantCulture, $"text: {bits:0.000} bits a clip about what sounds, {counted:0.000} as counted");
        }
    }
}
