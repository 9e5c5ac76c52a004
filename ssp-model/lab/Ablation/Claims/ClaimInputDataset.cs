using SspNative.Model.Data;
using SspNative.Model.OpticalFlow;

namespace SspNative.Lab.Ablation.Claims;

/// <summary>
/// Clips with the flow and the prompts that a row of a claim is given: their own, those of the clip half a set further, or an oracle's. An oracle's
/// prompts are those of the same clips in a set whose text names what sounds.
/// </summary>
public sealed class ClaimInputDataset : IClipDataset
{
    // No threshold overlooks a pixel, and carried along it nothing gets far.
    private const float OraclePixels = 1;

    private readonly IClipDataset _clips;
    private readonly ClaimInput _input;

    /// <param name="clips">The clips; for an oracle's text, of the set that has it.</param>
    /// <param name="input">What the row is given.</param>
    /// <exception cref="InputException">There is no other clip to take anything from.</exception>
    public ClaimInputDataset(IClipDataset clips, ClaimInput input)
    {
        if (clips.Count < 2 && InputKind.Shuffled is var shuffled && (input.Flow == shuffled || input.Text == shuffled))
            throw new InputException($"shuffled input needs at least two clips, not {clips.Count}");
        (_clips, _input) = (clips, input);
    }

    /// <summary>The same clips with the masks of the binary stage that the semantic one is given; null for the binary stage.</summary>
    public IClipDataset? Stage1 { get; init; }

    public int Count => _clips.Count;

    public string Id(int index) => _clips.Id(index);

    public TrainingClip Load(int index)
    {
        TrainingClip clip = _clips.Load(index);
        if (Stage1 is not null)
            clip = clip with { Stage1Masks = Stage1.Load(index).Stage1Masks };
        if (_input == new ClaimInput())
            return clip;
        TrainingClip other = _input.Flow == InputKind.Shuffled || _input.Text == InputKind.Shuffled
            ? _clips.Load((index + Math.Max(1, Count / 2)) % Count)
            : clip;
        return clip with
        {
            Flow = _input.Flow switch
            {
                InputKind.Shuffled => other.Flow,
                InputKind.Oracle => SoundingFlow(clip),
                _ => clip.Flow,
            },
            Prompts = _input.Text == InputKind.Shuffled ? other.Prompts : clip.Prompts,
        };
    }

    /// <summary>Flow (T−1,2,H,W) that is there exactly in the pixels of what sounds in the first frame of a pair.</summary>
    private static ClipFlow? SoundingFlow(TrainingClip clip)
    {
        if (clip.Frames.Count < 2)
            return null;
        int height = clip.Frames[0].Height, width = clip.Frames[0].Width, pixels = height * width;
        float[] flow = new float[(clip.Frames.Count - 1) * 2 * pixels];
        for (int t = 0; t < clip.Frames.Count - 1; t++)
            if (clip.Labels[t] is { } labels)
                for (int i = 0; i < pixels; i++)
                    flow[t * 2 * pixels + i] = labels.Labels[i] != 0 ? OraclePixels : 0;
        return new ClipFlow(flow, height, width);
    }
}
