using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Gpu.Tests;

/// <summary>What a sample becomes does not tell how many there were beside it.</summary>
[Trait("speed", "slow")]
public sealed class BatchTests : GpuTest
{
    [SkippableFact]
    public void AFrameOfAClipHasTheBitsThatItHasAlone()
    {
        SspConfig config = TinyModel.Binary with { TextFusion = TextFusion.None };
        using TrainingModel model = TinyModel.Create(config, Gpu);
        PreparedClip clip = new LabelledClipPreparer(config, TinyModel.Options, TinyModel.Tokenizer).ForTraining(new MadeClips(1).Load(0), true).Prepared;
        float[] together = MaskLogits(clip);
        Assert.Equal(2, clip.Frames);
        float[] alone = [.. MaskLogits(Frame(0)), .. MaskLogits(Frame(1))];
        Assert.Equal(together, alone);

        float[] MaskLogits(PreparedClip frames)
        {
            using var scope = new TensorScope();
            return model.Forward(frames).Result.MaskLogits.ToArray();
        }

        PreparedClip Frame(int i) => clip with
        {
            Frames = 1,
            Pixels = Part(clip.Pixels, i),
            Examples = Part(clip.Examples, i),
            PreMask = clip.PreMask with { Values = Part(clip.PreMask.Values, i) },
        };

        float[] Part(float[] all, int i) => all[(i * all.Length / clip.Frames)..((i + 1) * all.Length / clip.Frames)];
    }
}
