using SspNative.Model.Data.Synthetic;
using SspNative.Model.Media;

namespace SspNative.Model.Evaluation;

/// <summary>What became of the pixels of one thing, summed over a clip's frames. Only pixels that show the thing count.</summary>
/// <param name="Label">Its class.</param>
/// <param name="Difficulty">Whether it sounds and moves.</param>
/// <param name="SoundingPixels">Its pixels in frames in which it sounds.</param>
/// <param name="FoundPixels">Those of them that were marked as sounding, as whatever class.</param>
/// <param name="NamedPixels">Those of them that got its class; null where masks have none.</param>
/// <param name="SilentPixels">Its pixels in frames in which it is silent.</param>
/// <param name="LeakedPixels">Those of them that were marked as sounding nevertheless.</param>
public sealed record ThingScore(
    int Label, string Difficulty, long SoundingPixels, long FoundPixels, long? NamedPixels, long SilentPixels, long LeakedPixels)
{
    /// <summary>The score of every thing in a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="frames">The frames that were segmented.</param>
    /// <param name="masks">Their masks, 0 for what does not sound.</param>
    /// <param name="haveClasses">Whether masks tell classes.</param>
    public static IReadOnlyList<ThingScore> Score(KnownScene scene, IReadOnlyList<int> frames, IReadOnlyList<LabelMap> masks, bool haveClasses)
    {
        var counts = new Counts[scene.Things.Count];
        for (int i = 0; i < frames.Count; i++)
        {
            byte[] numbers = scene.Numbers[frames[i]].Labels, mask = masks[i].Labels;
            bool[] sounds = [.. scene.Things.Select(t => t.Sounding[frames[i]])];
            for (int p = 0; p < numbers.Length; p++)
                if (numbers[p] is > 0 and byte number)
                    counts[number - 1].Add(sounds[number - 1], mask[p], scene.Things[number - 1].Label);
        }
        return [.. scene.Things.Select((t, i) => counts[i].ToScore(t, haveClasses))];
    }

    private struct Counts
    {
        private long _sounding, _found, _named, _silent, _leaked;

        public void Add(bool sounds, byte marked, byte label)
        {
            if (sounds)
            {
                _sounding++;
                _found += marked != 0 ? 1 : 0;
                _named += marked == label ? 1 : 0;
            }
            else
            {
                _silent++;
                _leaked += marked != 0 ? 1 : 0;
            }
        }

        public readonly ThingScore ToScore(KnownThing thing, bool haveClasses) =>
            new(thing.Label, thing.Difficulty, _sounding, _found, haveClasses ? _named : null, _silent, _leaked);
    }
}

/// <summary>How well a model does where one thing is difficult.</summary>
/// <param name="Difficulty">Of a thing (sounding-moving, …) or of a whole clip (occlusion, …).</param>
/// <param name="Clips">Clips that have it.</param>
/// <param name="MeanIou">Mean of these clips' IoU.</param>
/// <param name="Things">Things that have it; for a difficulty of clips all things in them.</param>
/// <param name="Recall">Share of the pixels of these things, while they sound, that was marked as sounding; null where none sounds.</param>
/// <param name="Named">Share of the same pixels that got the right class; null where none sounds or masks tell no class.</param>
/// <param name="Leak">Share of the pixels of these things, while they are silent, that was marked as sounding; null where all sound.</param>
public sealed record DifficultyScore(string Difficulty, int Clips, double MeanIou, int Things, double? Recall, double? Named, double? Leak)
{
    /// <summary>A line for each difficulty that occurs in clips.</summary>
    public static IReadOnlyList<DifficultyScore> Summarise(IReadOnlyList<ClipScore> clips) =>
        [.. KnownScene.AllDifficulties.Select(d => Summarise(d, clips)).OfType<DifficultyScore>()];

    private static DifficultyScore? Summarise(string difficulty, IReadOnlyList<ClipScore> clips)
    {
        ClipScore[] having = [.. clips.Where(c => c.Difficulties.Contains(difficulty))];
        if (having.Length == 0)
            return null;
        bool isOfThings = KnownScene.IsOfThings(difficulty);
        ThingScore[] things = [.. having.SelectMany(c => c.Things).Where(t => !isOfThings || t.Difficulty == difficulty)];
        long sounding = things.Sum(t => t.SoundingPixels);
        bool haveClasses = things.Any(t => t.NamedPixels is not null);
        return new DifficultyScore(
            difficulty, having.Length, having.Average(c => c.MeanIou), things.Length,
            Share(things.Sum(t => t.FoundPixels), sounding),
            haveClasses ? Share(things.Sum(t => t.NamedPixels ?? 0), sounding) : null,
            Share(things.Sum(t => t.LeakedPixels), things.Sum(t => t.SilentPixels)));
    }

    private static double? Share(long part, long all) => all == 0 ? null : (double)part / all;
}
