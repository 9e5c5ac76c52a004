using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;
using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Files;

namespace SspNative.Cli.Options;

/// <summary>The options <c>--config</c> and <c>--task</c> that verbs share.</summary>
internal static class ConfigOption
{
    /// <summary>The name of the published sizes.</summary>
    public const string Full = "full";

    public static Option<string> Create() => new("--config")
    {
        Description = "Sizes of the model: full, or a JSON file in the form of published configurations.",
        HelpName = "full|FILE.json",
        DefaultValueFactory = _ => Full,
    };

    /// <summary>The option for verbs whose weights may say their sizes themselves.</summary>
    public static Option<string> CreateOfWeights() => new("--config")
    {
        Description = "Sizes of the model: full, or a JSON file in the form of published configurations. Default: what the weights say, else full.",
        HelpName = "full|FILE.json",
    };

    public static Option<string> CreateTask()
    {
        return new Option<string>("--task")
        {
            Description = "avs: which pixels sound. avss: which class sounds where. With a configuration file the default is the file's task.",
            HelpName = "avs|avss",
        }.OneOf("avs", "avss");
    }

    /// <summary>The task of the option; null where it is not given.</summary>
    public static SegmentationTask? TaskOf(string? task) =>
        task is null ? null : Enum.GetValues<SegmentationTask>().Single(t => ConfigJson.Word(t) == task);

    /// <summary>The sizes that an option names.</summary>
    /// <param name="name">What the option says.</param>
    /// <param name="task">The task that was asked for.</param>
    /// <param name="notes">Told in one line of members in published sections that are not read.</param>
    /// <exception cref="InputException">The file cannot be read or is no configuration.</exception>
    public static SspConfig Read(string name, string? task, TextWriter notes)
    {
        SegmentationTask? wanted = TaskOf(task);
        if (name == Full)
            return SspConfig.Full(wanted ?? SegmentationTask.Avs);
        if (!File.Exists(name))
            throw new InputException($"{name}: there is no such configuration file");
        try
        {
            using JsonDocument json = ConfigJson.ParseDocument(InputFile.ReadText(name, InputFile.SmallTextLimit));
            RequireSections(json.RootElement);
            SspConfig config = ConfigJson.Read<SspConfig>(json.RootElement, "member of a configuration", out IReadOnlyList<string> unused);
            if (unused.Count > 0)
                Output.Lines(notes).MarkupLineInterpolated(
                    $"[yellow]{Path.GetFileName(name)}: {unused.Count} members are not used: {ShortList.Of(unused)}[/]");
            return wanted is { } t && t != config.Task ? config.ForTask(t) : config;
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{name}: not a configuration: {e.Message}", e);
        }
    }

    // What model hubs call config.json is of one network, and its members are unknown here for another reason than a misspelling.
    private static void RequireSections(JsonElement json)
    {
        if (ConfigJson.Find(json, "model_type") is not null || ConfigJson.Find(json, "architectures") is not null)
            throw new InvalidDataException(
                "it is the published file of one network; such files are sections here, as {\"clip\": {…}}: swin, mask2former, clip, text, flow");
    }
}
