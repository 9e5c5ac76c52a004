using System.Text.RegularExpressions;
using FsCheck.Xunit;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Preprocessing;
using Xunit;

namespace SspNative.Tests.Data.Synthetic;

/// <summary>What each knob does to clips, measured on clips.</summary>
public sealed partial class PremiseTests
{
    private const ulong Seed = 20260;
    private const int Size = 64;

    [Theory]
    [InlineData(0.0, null)]
    [InlineData(0.6, null)]
    [InlineData(0.9, null)]
    [InlineData(-0.5, null)]
    [InlineData(0.3, 0.4)]
    public void MotionFollowsSoundAsAsked(double correlation, double? still)
    {
        var premise = new Premise { MotionSoundCorrelation = correlation, StillShare = still };
        Thing[] things = [.. Clips(premise, 400, frames: 2, size: 32).SelectMany(c => c.Scene.Things)];
        double moving = things.Where(t => t.Sounds).Average(t => t.Moves ? 1.0 : 0), silent = things.Where(t => !t.Sounds).Average(t => t.Moves ? 1.0 : 0);
        // Three deviations of the shares of some 600 things that sound and 130 that do not.
        Assert.InRange(moving - silent, correlation - 0.14, correlation + 0.14);
        Assert.InRange(1 - moving, (still ?? (1 - correlation) / 2) - 0.06, (still ?? (1 - correlation) / 2) + 0.06);
    }

    [Property(MaxTest = 20)]
    public bool RolesKeepAnyPairOfShares(byte sounding, byte silent, int seed)
    {
        double moving = sounding / 255.0, unheard = silent / 255.0;
        var premise = new Premise { MotionSoundCorrelation = moving - unheard, StillShare = 1 - moving };
        premise.Validate();
        var random = new SplitMix64((ulong)seed);
        ThingRole[] roles = [.. Enumerable.Range(0, 4000).SelectMany(_ => ThingRole.Sample(premise, Kinship.None, 3, 3, random))];
        double Share(bool sounds) => roles.Where(r => r.Sounding.Contains(true) == sounds).Average(r => r.Moves ? 1.0 : 0);
        return Math.Abs(Share(true) - moving) < 0.03 && Math.Abs(Share(false) - unheard) < 0.04;
    }

    [Fact]
    public void WhatMovesDoesSoWhileItSounds()
    {
        var premise = new Premise { MotionWhileSounding = true, StillShare = 0 };
        int paused = 0;
        foreach (Thing thing in Clips(premise, 60, frames: 5, size: 32).SelectMany(c => c.Scene.Things).Where(t => t.Sounds))
            for (int t = 0; t < 4; t++)
            {
                bool moves = thing.Placed.Poses[t] != thing.Placed.Poses[t + 1];
                Assert.Equal(thing.Sounding[t] || thing.Sounding[t + 1], moves);
                paused += moves ? 0 : 1;
            }
        Assert.True(paused > 20, $"{paused}");
    }

    [Fact]
    public void CamouflageMixesTheBackgroundsTextureInAndLeavesAllElse()
    {
        for (int i = 0; i < 10; i++)
        {
            SyntheticClip plain = Clip(new Premise(), i), half = Clip(new Premise { Camouflage = 0.5 }, i), whole = Clip(new Premise { Camouflage = 1 }, i);
            Assert.Equal(plain.Visible[0].Labels, whole.Visible[0].Labels);
            Assert.Equal(plain.Audio, whole.Audio);
            Assert.Equal(plain.Flow, whole.Flow);
            byte[] a = plain.Frames[1].Rgb, b = whole.Frames[1].Rgb, mean = half.Frames[1].Rgb;
            // Where light makes a colour brighter than white, the mean is not that of the pictures.
            Assert.All(Enumerable.Range(0, mean.Length).Where(p => a[p] < 250), p => Assert.InRange(mean[p], (a[p] + b[p]) / 2.0 - 3, (a[p] + b[p]) / 2.0 + 3));
        }
        double Contrast(double camouflage) => Enumerable.Range(0, 30).Average(i => ThingAgainstBackground(Clip(new Premise { Camouflage = camouflage }, i)));
        double without = Contrast(0), with = Contrast(1);
        Assert.True(with < 0.25 * without, $"{with} against {without} levels");
    }

    [Fact]
    public void LookAlikesDifferInNameAndSoundAlone()
    {
        foreach (SyntheticClip clip in Clips(new Premise { LookAlikes = 1, TextHitRate = 1, TextFalseAlarmRate = 0 }, 30, frames: 3, size: Size))
        {
            Thing other = Assert.Single(clip.Scene.Things, t => t.LooksLike is not null);
            Thing first = Assert.Single(clip.Scene.Things, t => t.Class == other.LooksLike);
            Assert.Same(first.Placed.Look, other.Placed.Look);
            Assert.NotEqual(first.Class.Name, other.Class.Name);
            Assert.True(first.Sounds && !other.Sounds);
            Assert.Contains($"{first.Class.Words} {first.Class.Verb} ", clip.Prompts[0].A1);
            Assert.Contains($"{other.Class.Words} keeps a place ", clip.Prompts[0].A1);
        }
    }

    [Fact]
    public void OfTwoOfAKindOneSoundsAndTextNamesBoth()
    {
        foreach (SyntheticClip clip in Clips(new Premise { TwoOfAKind = 1, TextHitRate = 1, TextFalseAlarmRate = 0 }, 30, frames: 3, size: Size))
        {
            IGrouping<ThingClass, Thing> pair = Assert.Single(clip.Scene.Things.GroupBy(t => t.Class), g => g.Count() == 2);
            Thing sounding = Assert.Single(pair, t => t.Sounds);
            Assert.Single(pair.Select(t => t.Placed.Look).Distinct());
            Assert.Equal(2, Regex.Count(clip.Prompts[0].A1, $"{pair.Key.Words} {pair.Key.Verb} "));
            int number = Array.IndexOf(clip.Scene.Things, sounding) + 1;
            for (int t = 0; t < clip.Frames.Length; t++)
                Assert.Equal(
                    clip.Numbers[t].Labels.Select(n => sounding.Sounding[t] && n == number),
                    clip.Labels[t].Labels.Select(l => l == pair.Key.Label));
        }
    }

    [Theory]
    [InlineData(0.95, 0.2, 0.0, 0.0)]
    [InlineData(0.8, 0.5, 0.0, 0.0)]
    [InlineData(1.0, 0.0, 0.5, 0.3)]
    public void TextCarriesTheStatedBits(double hit, double falseAlarm, double lookAlikes, double twoOfAKind)
    {
        var premise = new Premise { TextHitRate = hit, TextFalseAlarmRate = falseAlarm, LookAlikes = lookAlikes, TwoOfAKind = twoOfAKind };
        SyntheticClip[] clips = Clips(premise, 700, frames: 1, size: 32);
        DataSetFacts facts = DataSetFacts.Of(
            [.. clips.Select((c, i) => ClipRecord.Of(c, "", Seed, i))], [.. clips.Select(TextCount.Of)], TextChannel.Of(premise));
        Assert.InRange(facts.CountedTextBits!.Value, facts.TextBits!.Value - 0.06, facts.TextBits.Value + 0.06);
    }

    // One of two classes sounds or both do: by 1/4, 1/4 and 1/2. One of two that look alike: by 1/2 each.
    [Fact]
    public void BitsOfSimpleTextsAreThoseOnPaper()
    {
        var oracle = new TextChannel(1, 0, 0.5);
        Assert.Equal(0, oracle.Bits(1, Kinship.None), 1e-12);
        Assert.Equal(1.5, oracle.Bits(2, Kinship.None), 1e-12);
        Assert.Equal(1, oracle.Bits(2, Kinship.LookAlikes), 1e-12);
        Assert.Equal(0, oracle.Bits(1, Kinship.TwoOfAKind), 1e-12);
        Assert.Equal(1, oracle.Bits(2, Kinship.TwoOfAKind), 1e-12);
        double h = -(0.9 * Math.Log2(0.9)) - (0.1 * Math.Log2(0.1));
        Assert.Equal(1 - h, new TextChannel(0.9, 0.1, 0.5).Bits(2, Kinship.TwoOfAKind), 1e-12);
    }

    [Property]
    public bool BitsLieBetweenNothingAndTheOraclesAndEqualRatesTellNothing(byte hit, byte falseAlarm, byte soundsToo)
    {
        double p = soundsToo / 255.0;
        var channel = new TextChannel(hit / 255.0, falseAlarm / 255.0, p);
        return Enum.GetValues<Kinship>().All(kinship => Enumerable.Range(kinship == Kinship.LookAlikes ? 2 : 1, 2).All(classes =>
        {
            double bits = channel.Bits(classes, kinship), all = new TextChannel(1, 0, p).Bits(classes, kinship);
            return bits >= 0 && bits <= all + 1e-9
                && new TextChannel(channel.HitRate, channel.HitRate, p).Bits(classes, kinship) < 1e-9
                && Math.Abs(Enumerable.Range(0, 1 << classes).Sum(s => channel.Prior(s, classes, kinship)) - 1) < 1e-9;
        }));
    }

    [Fact]
    public void CaptionsHaveThePapersFormAndLettersTellUselessWords()
    {
        Assert.Equal([("d", 0), ("c", 10), ("b", 30), ("a", 52)], Captions.Levels.Zip(PaperCaptions.UselessWords));
        foreach (SyntheticClip clip in Clips(new Premise { TextHitRate = 0.7, TextFalseAlarmRate = 0.3 }, 30, frames: 2, size: 32))
        {
            Assert.All(clip.Prompts[0].A1.Split(", "), phrase => Assert.Matches(NounVerbNoun(), phrase));
            int words = clip.Prompts[0].A1.Split(' ').Length;
            Assert.Equal(PaperCaptions.UselessWords, clip.Prompts.Select(p => p.A1.Split(' ').Length - words));
            string[] named = [.. clip.Scene.FromTheLeft.Where(t => clip.Named!.Contains(t.Class.Name)).Select(t => t.Class.Words).Distinct()];
            Assert.All(clip.Prompts, (Prompts p) => Assert.Equal(named.Length == 0 ? "nothing" : string.Join(", ", named), p.A2));
        }
    }

    [Fact]
    public void NoiseHasTheStatedDeviation()
    {
        const double deviation = 4;
        double sum = 0;
        int count = 0;
        for (int i = 0; i < 5; i++)
        {
            SyntheticClip clean = Clip(new Premise(), i), noisy = Clip(new Premise { Noise = deviation }, i);
            Assert.Equal(clean.Labels[0].Labels, noisy.Labels[0].Labels);
            Assert.Equal(clean.Audio, noisy.Audio);
            foreach ((byte a, byte b) in clean.Frames[1].Rgb.Zip(noisy.Frames[1].Rgb).Where(p => p.First is > 20 and < 235))
                (sum, count) = (sum + (a - b) * (a - b), count + 1);
        }
        // Rounding to whole levels adds 1/12 to the variance.
        Assert.InRange(Math.Sqrt(sum / count - 1.0 / 12), 0.97 * deviation, 1.03 * deviation);
    }

    [Fact]
    public void ThePanMovesEverythingAlike()
    {
        const double pan = 5;
        foreach (SyntheticClip clip in Clips(new Premise { Pan = pan, MovingBackground = 0 }, 15, frames: 6, size: Size))
            for (int t = 0; t < 5; t++)
            {
                (double X, double Y) now = clip.Scene.Shift[t], next = clip.Scene.Shift[t + 1];
                Assert.Equal(pan * Size / 128, Math.Sqrt((next.X - now.X) * (next.X - now.X) + (next.Y - now.Y) * (next.Y - now.Y)), 1e-9);
                var moving = clip.Scene.Things.Where(thing => thing.Moves).Select(thing => thing.Class.Label).ToHashSet();
                for (int i = 0; i < Size * Size; i++)
                    if (!moving.Contains(clip.Visible[t].Labels[i]))
                    {
                        Assert.Equal(next.X - now.X, clip.Flow[2 * t * Size * Size + i], 1e-4);
                        Assert.Equal(next.Y - now.Y, clip.Flow[(2 * t + 1) * Size * Size + i], 1e-4);
                    }
            }
    }

    [Theory]
    [InlineData(10.0)]
    [InlineData(-5.0)]
    public void TheSoundStandsOverNoiseAsStated(double snr)
    {
        double[] measured = [.. Enumerable.Range(0, 10).Select(i =>
        {
            SyntheticClip clean = Clip(new Premise(), i), noisy = Clip(new Premise { Snr = snr }, i);
            double gain = Dot(clean.Audio, noisy.Audio) / Dot(clean.Audio, clean.Audio);
            int[] seconds = [.. Enumerable.Range(0, clean.Frames.Length).Where(t => clean.Scene.Things.Any(thing => thing.Sounding[t]))];
            double sound = Dot(clean.Audio, clean.Audio) * gain * gain / seconds.Length;
            double noise = clean.Audio.Zip(noisy.Audio, (c, n) => (n - gain * c) * (n - gain * c)).Sum() / clean.Frames.Length;
            return 10 * Math.Log10(sound / noise);
        })];
        Assert.InRange(measured.Average(), snr - 0.5, snr + 0.5);
    }

    [Fact]
    public void WithFullOverlapAllSoundTogetherAndWithNoneOneAlone()
    {
        Assert.All(
            Clips(new Premise { Overlap = 1 }, 20, frames: 5, size: 32),
            clip => Assert.All(clip.Scene.Things, t => Assert.Equal(clip.Scene.Things[0].Sounding, t.Sounding)));
        Assert.All(Clips(new Premise { Overlap = 0 }, 20, frames: 5, size: 32), clip => Assert.Single(clip.Scene.Things, t => t.Sounds));
    }

    private static double ThingAgainstBackground(SyntheticClip clip)
    {
        double[] thing = new double[3], background = new double[3];
        int things = 0, rest = 0;
        for (int i = 0; i < Size * Size; i++)
        {
            bool shows = clip.Visible[0].Labels[i] != 0;
            (things, rest) = shows ? (things + 1, rest) : (things, rest + 1);
            for (int c = 0; c < 3; c++)
                (shows ? thing : background)[c] += clip.Frames[0].Rgb[3 * i + c];
        }
        return Enumerable.Range(0, 3).Average(c => Math.Abs(thing[c] / things - background[c] / rest));
    }

    private static double Dot(short[] a, short[] b) => a.Zip(b, (x, y) => (double)x * y).Sum();

    private static SyntheticClip Clip(Premise premise, int number) => SyntheticClip.Generate(Seed, number, Size, 2, premise);

    private static SyntheticClip[] Clips(Premise premise, int count, int frames, int size)
    {
        premise.Validate();
        var clips = new SyntheticClip[count];
        Parallel.For(0, count, i => clips[i] = SyntheticClip.Generate(Seed, i, size, frames, premise));
        return clips;
    }

    // "a red bell rings a note at the left", "a red bell keeps a place in the middle".
    [GeneratedRegex("^an? [a-z ]+ [a-z]+s (a|an) [a-z]+ (at the|in the) [a-z ]+$")]
    private static partial Regex NounVerbNoun();
}
