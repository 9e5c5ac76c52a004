using System.CommandLine;
using SspNative.Cli.Parsing;
using SspNative.Model.MaskFusion;

namespace SspNative.Cli.Options;

/// <summary>The option that says what counts as motion, shared by verbs that segment.</summary>
internal static class MotionOption
{
    public static Option<string> Create() => new Option<string>("--motion")
    {
        Description = "What counts as motion. clip: the length of the flow, relative to the clip's longest (equation 1). camera: what moves against the "
            + "camera by a pixel a second of a picture of 384, each pair of frames by itself. Default: what the weights were trained with.",
        HelpName = "clip|camera",
    }.OneOf("clip", "camera");

    /// <summary>What is asked for; null where nothing is.</summary>
    public static MotionMeasure? Read(ParseResult parsed, Option<string> option) =>
        parsed.GetValue(option) is { } measure ? Enum.Parse<MotionMeasure>(measure, ignoreCase: true) : null;
}
