using SspNative.Engine;
using SspNative.Lab.Ablation.Claims;
using SspNative.Model.Data;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.MaskFusion;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Lab.Ablation.Claims;

/// <summary>True, shuffled and oracle input of made clips.</summary>
public sealed class ClaimInputDatasetTests : IDisposable
{
    // The size of the studies' clips: of small things smoothing takes much.
    private const int Size = 128;

    private static readonly ClaimWorld _world = Claim.By("C6").World;

    private readonly TemporaryFolder _folder = new();

    public ClaimInputDatasetTests()
    {
        foreach (ClaimWorld world in (ClaimWorld[])[_world, _world.WithOracleText])
            SyntheticDataSet.Write(
                _folder[world.Name], new SyntheticOptions(5, 3, Size, 3, new SplitShares(1, 0, 0)) { Premise = world.Premise }, (_, _, _) => { });
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ShuffledInputIsAnotherClipsAndTheRestIsTheClips()
    {
        IClipDataset own = Clips(_world), shuffled = new ClaimInputDataset(own, new ClaimInput(InputKind.Shuffled, InputKind.Shuffled));
        for (int i = 0; i < own.Count; i++)
        {
            TrainingClip clip = own.Load(i), other = own.Load((i + 2) % 5), found = shuffled.Load(i);
            Assert.Equal(own.Id(i), shuffled.Id(i));
            Assert.Equal(other.Prompts, found.Prompts);
            Assert.Equal(other.Flow!.Data, found.Flow!.Data);
            Assert.Equal(clip.Examples, found.Examples);
            Assert.Equal(clip.Labels.Select(l => l!.Labels), found.Labels.Select(l => l!.Labels));
        }
        Assert.Throws<InputException>(() => new ClaimInputDataset(new FirstClips(own, 1), new ClaimInput(Text: InputKind.Shuffled)));
    }

    [Fact]
    public void AnOraclesFlowIsWhereSomethingSounds()
    {
        IClipDataset own = Clips(_world), oracle = new ClaimInputDataset(own, new ClaimInput(Flow: InputKind.Oracle));
        bool anySounds = false;
        for (int i = 0; i < own.Count; i++)
        {
            TrainingClip clip = oracle.Load(i);
            float[] sounding = [.. clip.Labels[0]!.Labels.Select(l => l != 0 ? 1f : 0f)];
            Assert.Equal(sounding, new ClipOpticalMask(clip.Flow!, Size, Tau.Default).Of([0])[0].ToArray());
            // What moves against the camera is smoothed, but no less to be seen.
            float[] moving = new ClipOpticalMask(clip.Flow!, Size, Tau.Default, MotionMeasure.Camera).Of([0])[0].ToArray();
            Assert.True(
                sounding.Zip(moving).Count(p => p.First != p.Second) <= 0.2 * sounding.Sum(),
                $"{own.Id(i)}: {sounding.Sum()} pixels, {moving.Sum()} moving, {sounding.Zip(moving).Count(p => p.First != p.Second)} wrong");
            anySounds |= sounding.Contains(1f);
        }
        Assert.True(anySounds);
    }

    [Fact]
    public void AnOraclesTextIsOfTheSameClips()
    {
        IClipDataset own = Clips(_world), oracle = Clips(_world.WithOracleText);
        bool anyDiffers = false;
        for (int i = 0; i < own.Count; i++)
        {
            TrainingClip clip = own.Load(i), told = oracle.Load(i);
            Assert.Equal(clip.Frames.Select(f => f.Rgb), told.Frames.Select(f => f.Rgb));
            Assert.Equal(clip.Examples, told.Examples);
            Assert.Equal(clip.Flow!.Data, told.Flow!.Data);
            anyDiffers |= clip.Prompts != told.Prompts;
        }
        Assert.True(anyDiffers);
    }

    private AvsBenchDataset Clips(ClaimWorld world) => new(
        _folder[world.Name], new AvsBenchOptions(ClipSplit.Train, null, SspNative.Model.Config.SegmentationTask.Avs) { ExactFlow = true });
}
