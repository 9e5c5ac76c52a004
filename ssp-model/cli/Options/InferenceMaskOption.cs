using System.CommandLine;
using SspNative.Cli.Parsing;

namespace SspNative.Cli.Options;

/// <summary>The option that says what multiplies the frames, shared by verbs that segment.</summary>
internal static class InferenceMaskOption
{
    public static Option<string> Create() => new Option<string>("--inference-mask")
    {
        Description = "What multiplies the frames: soft (½ + ½·M_O), hard (M_O), stage1 (½·M_O + ½·the mask of the binary stage; for avs, of a first run of "
            + "the model itself), none. "
            + "Default: what the weights were trained with, else soft for avs, stage1 for avss.",
        HelpName = "soft|hard|stage1|none",
    }.OneOf("soft", "hard", "stage1", "none");
}
