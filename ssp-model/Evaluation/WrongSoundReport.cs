using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Media;

namespace SspNative.Model.Evaluation;

/// <summary>How much a model marks of clips as sounding.</summary>
/// <param name="Frames">Frames that it segmented.</param>
/// <param name="MarkedFrames">Share of them in which anything is marked.</param>
/// <param name="MarkedPixels">Share of all pixels that is marked.</param>
/// <param name="MarkedOfSounding">Share of the pixels of what sounds with the clips' own sound that is marked; null where nothing does.</param>
public sealed record MarkedShares(int Frames, double MarkedFrames, double MarkedPixels, double? MarkedOfSounding);

/// <summary>
/// What a model marks when the sound is wrong, beside what it marks with the clips' own: a model that listens marks nothing then. The question of
/// AVSBench-Robust.
/// </summary>
/// <param name="Sound">What was heard instead: "silence", "noise" or "swap".</param>
/// <param name="Clips">Clips segmented.</param>
/// <param name="OwnSound">With the clips' own sound.</param>
/// <param name="WrongSound">With the other.</param>
public sealed record WrongSoundReport(string Sound, int Clips, MarkedShares OwnSound, MarkedShares WrongSound)
{
    public string ToJson() => ConfigJson.Write(this);
}

/// <summary>Counts what is marked.</summary>
internal sealed class MarkedTally
{
    private long _frames, _markedFrames, _pixels, _marked, _sounding, _markedSounding;

    /// <param name="found">A clip's masks.</param>
    /// <param name="clip">The clip, with its labels.</param>
    public void Add(SegmentedClip found, TrainingClip clip)
    {
        foreach ((int frame, LabelMap mask) in found.Frames.Zip(found.Labels))
        {
            byte[] truth = clip.Labels[frame]!.Labels;
            bool anything = false;
            for (int i = 0; i < truth.Length; i++)
            {
                bool marked = mask.Labels[i] != 0;
                anything |= marked;
                _marked += marked ? 1 : 0;
                _sounding += truth[i] != 0 ? 1 : 0;
                _markedSounding += marked && truth[i] != 0 ? 1 : 0;
            }
            _frames++;
            _pixels += truth.Length;
            _markedFrames += anything ? 1 : 0;
        }
    }

    public MarkedShares Shares() => new(
        (int)_frames, (double)_markedFrames / _frames, (double)_marked / _pixels, _sounding == 0 ? null : (double)_markedSounding / _sounding);
}
