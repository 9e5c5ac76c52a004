using System.Text.RegularExpressions;

namespace SspNative.Model.Training;

/// <summary>Which parameters a training changes.</summary>
public enum TrainableSet
{
    /// <summary>
    /// The first phase of a stage: queries, class head, audio projection, the decoder's adapters and all that fuses text; for task
    /// <c>avss</c> also its three mask embeddings, which no pretrained file has [ours].
    /// </summary>
    Heads,

    /// <summary>The second phase: the first's and the adapters of the backbone.</summary>
    HeadsAndBackboneAdapters,

    /// <summary>Every parameter, for small models that are trained from scratch.</summary>
    All,
}

/// <summary>The parameter names of each <see cref="TrainableSet"/>.</summary>
public static partial class TrainableSets
{
    /// <summary>Whether a parameter of this name belongs to the set.</summary>
    public static bool Includes(this TrainableSet set, string name) => set switch
    {
        TrainableSet.Heads => Heads().IsMatch(name),
        TrainableSet.HeadsAndBackboneAdapters => Heads().IsMatch(name) || BackboneAdapters().IsMatch(name),
        _ => true,
    };

    [GeneratedRegex(
        @"^model\.model\.transformer_module\.(queries_embedder|queries_features|silence_embed|uncertain_embed|audio_embed)\."
        + @"|^model\.class_predictor\.|^audio_proj\.|\.avs_adapt\.|^vta\.")]
    private static partial Regex Heads();

    [GeneratedRegex(@"\.swin_adapt_[13]\.")]
    private static partial Regex BackboneAdapters();
}
