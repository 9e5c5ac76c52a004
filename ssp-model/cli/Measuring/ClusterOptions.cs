using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using SspNative.Cli.Options;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Lab;
using SspNative.Model.Config;
using SspNative.Model.Training;

namespace SspNative.Cli.Measuring;

/// <summary>The options of <c>ssp describe</c> that ask how long a step of training takes on several ranks.</summary>
internal sealed class ClusterOptions
{
    private static readonly int[] _scale = [1, 2, 4, 8, 16, 32, 64, 125, 250, 500, 1000];

    private readonly Option<int?> _ranks = new("--ranks")
    {
        Description = "Foretell a step of training on 1 to K ranks, and how it scales up to 1000.",
        HelpName = "K",
    };

    private readonly Option<double> _bandwidth = new("--bandwidth")
    {
        Description = "What a rank sends in a second, while it receives as much.",
        HelpName = "GB/s",
        DefaultValueFactory = _ => 1.25,
    };

    private readonly Option<double> _latency = new("--latency")
    {
        Description = "What a message takes besides.",
        HelpName = "µs",
        DefaultValueFactory = _ => 20,
    };

    private readonly Option<double> _clip = new("--clip")
    {
        Description = "Seconds that one rank takes for a clip: a step of one clip in one process, as metrics and 'ssp profile train' tell.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<string> _options = new("--options")
    {
        Description = "The training: a JSON file of options or phases, as for ssp train; default: the paper's two phases.",
        HelpName = "FILE.json",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_ranks, _bandwidth, _latency, _clip, _options])
            command.Add(option);
    }

    /// <summary>Whether a forecast is asked for.</summary>
    /// <exception cref="InputException">It is not, but something of it is given.</exception>
    public bool IsGiven(ParseResult parsed)
    {
        bool given = parsed.GetValue(_ranks) is not null;
        foreach (Option option in (Option[])[_bandwidth, _latency, _clip, _options])
            parsed.RefuseUseless(option, !given, "it says how ranks train; give --ranks too");
        return given;
    }

    /// <summary>Prints the forecast of every phase.</summary>
    public int Describe(ParseResult parsed, Option<string> config, Option<string> task, Option<string> precision, Option<bool> json)
    {
        parsed.RefuseUseless(precision, true, "training is in fp32");
        int ranks = parsed.GetValue(_ranks)!.Value;
        if (ranks is < 1 or > 100_000)
            throw new InputException($"--ranks {ranks}: there are between 1 and 100000");
        double bandwidth = Positive(parsed, _bandwidth), latency = Positive(parsed, _latency), clip = Positive(parsed, _clip);
        var cluster = new Cluster(bandwidth * 1e9, latency * 1e-6, clip);
        SspConfig sizes = ConfigOption.Read(parsed.GetRequiredValue(config), parsed.GetValue(task), parsed.InvocationConfiguration.Error);
        TrainingRecipe recipe = parsed.GetValue(_options) is { } file ? TrainingRecipe.Read(file) : TrainingRecipe.Published(sizes.Task);
        TextWriter output = parsed.InvocationConfiguration.Output;
        PhaseForecast[] phases = [.. recipe.Phases.Select(p => Foretell(p, sizes, cluster, ranks))];
        if (parsed.GetValue(json))
        {
            output.WriteLine(LabJson.Write<IReadOnlyList<PhaseForecast>>(phases));
            return ExitCodes.Success;
        }
        foreach (PhaseForecast phase in phases)
            Write(output, phase, cluster);
        return ExitCodes.Success;
    }

    private static double Positive(ParseResult parsed, Option<double> option) => parsed.GetRequiredValue(option) is > 0 and < 1e9 and var value
        ? value
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} {parsed.GetRequiredValue(option)}: it is a positive number"));

    private static PhaseForecast Foretell(TrainingPhase phase, SspConfig sizes, Cluster cluster, int ranks)
    {
        long[] counts = StepForecast.Trained(sizes, phase.Options);
        int clips = phase.Options.ClipsPerStep;
        int[] few = [.. new[] { 1, 2, 4, ranks }.Where(k => k <= ranks).Distinct().Order()];
        return new PhaseForecast(
            phase.Name, counts.Sum(), [.. few.Select(k => StepForecast.Predict(counts, cluster, k, clips))],
            [.. _scale.Select(k => StepForecast.Predict(counts, cluster, k, k))]);
    }

    private static void Write(TextWriter output, PhaseForecast phase, Cluster cluster)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Phase {phase.Name}: {phase.Trained / 1e6:0.0} M trained numbers"));
        var table = new Table().Border(TableBorder.Rounded);
        foreach (string title in (string[])["Ranks", "Clips a step", "Messages", "MB sent", "Seconds a step", "Clips a second", "Efficiency", "Limit"])
            table.AddColumn(title == "Limit" ? new TableColumn(title) : new TableColumn(title).RightAligned());
        foreach (StepTime step in phase.Given)
            Add(table, step, phase.Given[0].Seconds / step.Seconds / step.Ranks);
        table.AddEmptyRow();
        foreach (StepTime step in phase.OneClipEach)
            Add(table, step, phase.OneClipEach[0].Seconds / step.Seconds);
        Output.Lines(output).Write(table);
        StepTime? stops = phase.OneClipEach.FirstOrDefault(s => phase.OneClipEach[0].Seconds / s.Seconds < 0.5);
        output.WriteLine($"A step of {Output.Count(phase.Given[0].Clips, "clip")} leaves further ranks idle; clips_per_step is part of the training.");
        output.WriteLine(
            (stops is null ? "With a clip for each rank, more than half of the ranks' time is used up to 1000. "
                : $"With a clip for each rank, less than half of the ranks' time is used from {stops.Ranks} on: {stops.Limit}. ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"A clip takes {cluster.ClipSeconds:0.##} s, links {cluster.BytesPerSecond / 1e9:0.##} GB/s and {cluster.Latency * 1e6:0.#} µs."));
    }

    private static void Add(Table table, StepTime step, double efficiency) => table.AddRow(
        [.. new FormattableString[]
        {
            $"{step.Ranks}", $"{step.Clips}", $"{step.Sent.Messages}", $"{step.Sent.Bytes / 1e6:0.0}", $"{step.Seconds:0.000}",
            $"{step.Clips / step.Seconds:0.00}", $"{100 * efficiency:0} %", $"{step.Limit}",
        }.Select(FormattableString.Invariant)]);
}
