using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data;

/// <summary>What is heard in place of a clip's own sound.</summary>
public enum ReplacedSound
{
    /// <summary>Nothing: zeros.</summary>
    Silence,

    /// <summary>White noise of a tenth of full scale, by the clip's name.</summary>
    Noise,

    /// <summary>The sound of the next clip in which nothing of this clip sounds; of the next one where labels tell no classes.</summary>
    Swap,
}

/// <summary>Clips with another sound than their own, so that nothing to be seen in them makes it.</summary>
public sealed class ReplacedSoundDataset(IClipDataset clips, ReplacedSound sound) : IClipDataset
{
    private const double Deviation = 0.1;

    // A clip that shares its sounds with so many others in a row is not worth reading more of them.
    private const int MostTries = 50;

    public int Count => clips.Count;

    public string Id(int index) => clips.Id(index);

    /// <exception cref="InputException">A clip cannot be read, or no other clip sounds otherwise.</exception>
    public TrainingClip Load(int index)
    {
        TrainingClip clip = clips.Load(index);
        return clip with
        {
            Examples = sound switch
            {
                ReplacedSound.Silence => Examples(clip, _ => 0f),
                ReplacedSound.Noise => Noise(clip),
                _ => OfOther(clip, index),
            },
        };
    }

    private static float[] Examples(TrainingClip clip, Func<int, float> sample)
    {
        // A second of sound more than there are frames, since an example needs a little more than its second.
        float[] waveform = [.. Enumerable.Range(0, (clip.Frames.Count + 1) * LogMel.SampleRate).Select(sample)];
        return LogMel.ForVideoFrames(waveform, clip.Frames.Count, framesPerSecond: 1);
    }

    // The sum of twelve uniform numbers is as good as normal here.
    private static float[] Noise(TrainingClip clip)
    {
        var random = new SplitMix64(Engine.Nn.NamedStream.Fnv1a64(clip.Id));
        return Examples(clip, _ => (float)(Deviation * (Enumerable.Range(0, 12).Sum(_ => random.Next()) - 6)));
    }

    private float[] OfOther(TrainingClip clip, int index)
    {
        HashSet<byte> sounding = Classes(clip);
        for (int i = 1; i < Math.Min(clips.Count, MostTries + 1); i++)
        {
            TrainingClip other = clips.Load((index + i) % clips.Count);
            if (clip.HasClasses && sounding.Overlaps(Classes(other)))
                continue;
            float[] examples = new float[clip.Examples.Length];
            for (int k = 0; k < examples.Length; k++)
                examples[k] = other.Examples[k % other.Examples.Length];
            return examples;
        }
        throw new InputException($"{clip.Id}: no other clip sounds otherwise, so its sound cannot be swapped");
    }

    private static HashSet<byte> Classes(TrainingClip clip) => [.. clip.Labels.OfType<LabelMap>().SelectMany(l => l.Labels).Where(l => l != 0)];
}
