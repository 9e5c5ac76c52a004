namespace SspNative.Model.Config;

/// <summary>
/// How the text joins the network where the paper leaves a choice, and beyond it. Without this record, or with its defaults, the alignment is the plain
/// reading of §4.3.
/// </summary>
public sealed record VtaConfig
{
    /// <summary>
    /// Whether the aligned features fade in: final + gate ⊙ (LN(final + Align_1 + Align_2) − final), with a gate per channel that is 0 at first, so that
    /// the network begins as AAVS and training opens the way for text.
    /// </summary>
    public bool Gate { get; init; }

    /// <summary>
    /// Whether CLIP's tokens get BERT's positions and embedding norm, as words do, before BERT's layers see both; the paper does not say.
    /// </summary>
    public bool EmbedVisual { get; init; }

    /// <summary>
    /// Whether queries of the decoder attend to the refined text before they attend to pixels (not in the paper, where text reaches the final features
    /// alone). The attention's last layer is 0 at first.
    /// </summary>
    public bool TextKeys { get; init; }
}
