using System.CommandLine;
using System.Text.Json;
using SspNative.Model.Config;
using SspNative.Model.Data;

namespace SspNative.Cli;

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

    /// <exception cref="InputException">The file cannot be read or is no configuration.</exception>
    public static SspConfig Read(string name, string? task)
    {
        SegmentationTask? wanted = task switch { "avs" => SegmentationTask.Avs, "avss" => SegmentationTask.Avss, _ => null };
        if (name == Full)
            return SspConfig.Full(wanted ?? SegmentationTask.Avs);
        if (!File.Exists(name))
            throw new InputException($"{name}: there is no such configuration file");
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(name));
            SspConfig config = ConfigJson.Read<SspConfig>(json.RootElement);
            return wanted is { } t && t != config.Task ? config.ForTask(t) : config;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new InputException($"{name}: not a configuration: {e.Message}", e);
        }
    }
}
