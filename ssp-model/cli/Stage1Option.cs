using System.CommandLine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Training;

namespace SspNative.Cli;

/// <summary>The option that gives clips the masks of the binary stage, shared by verbs that run the semantic one.</summary>
internal sealed class Stage1Option
{
    public Option<string> Masks { get; } = new("--stage1-masks")
    {
        Description = "Masks of the binary stage, which the semantic stage builds on, as 'ssp eval BINARY --save-masks DIR' writes them.",
        HelpName = "DIR",
    };

    /// <summary>The clips with their masks, where the option is given.</summary>
    /// <exception cref="InputException">There is no such folder.</exception>
    public IClipDataset Apply(ParseResult parsed, IClipDataset clips) =>
        parsed.GetValue(Masks) is { } folder ? new Stage1MaskDataset(clips, folder) : clips;

    /// <summary>Refuses to begin what would want masks at its first clip.</summary>
    /// <exception cref="InputException">The model needs masks and the option is not given.</exception>
    public void RequireFor(ParseResult parsed, SspConfig config, TrainingOptions options)
    {
        if (BatchBuilder.NeedsStage1(config, options) && parsed.GetValue(Masks) is null)
            throw new InputException(
                "this model builds on the masks of a binary one: write them with 'ssp eval BINARY --save-masks DIR', then give --stage1-masks DIR");
    }
}
