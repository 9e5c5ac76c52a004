using SspNative.Engine;
using SspNative.Model.Data;
using SspNative.Model.MaskFusion;
using SspNative.Model.Media;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

public sealed class LabelledClipPreparerTests
{
    [Fact]
    public void ClipsThatCannotBeUsedAreNamed()
    {
        var preparer = new LabelledClipPreparer(TinyModel.Semantic, TinyModel.Options, TinyModel.Tokenizer);
        TrainingClip clip = new MadeClips(1).Load(0);
        Assert.Contains("made-0: no frame has a label", Error(() => preparer.ForTraining(clip with { Labels = [null, null] }, true)));
        var strange = new LabelMap(MadeClips.Size, MadeClips.Size);
        strange.Labels[5] = 8;
        Assert.Contains("made-0: frame 1 has class 8, but the model has 8", Error(() => preparer.ForTraining(clip with { Labels = [null, strange] }, true)));
        Assert.Contains("made-0: the masks of the binary stage are missing", Error(() => preparer.ForValidation(clip)));

        static string Error(Action action) => Assert.Throws<InputException>(action).Message;
    }

    [Fact]
    public void BatchesHoldMasksAndTargets()
    {
        var preparer = new LabelledClipPreparer(TinyModel.Semantic, TinyModel.Options with { Tau = Tau.Of(0.5f) }, TinyModel.Tokenizer);
        TrainingClip clip = new MadeClips(3).Load(2);
        const int pixels = MadeClips.Size * MadeClips.Size;

        LabelledClip taught = preparer.ForTraining(clip, knowsGroundTruth: true);
        bool[] moves = [.. clip.Flow!.Pair(0)[..pixels].ToArray().Select(u => u > 0)];
        for (int t = 0; t < 2; t++)
        {
            byte[] labels = clip.Labels[t]!.Labels;
            FrameTargets targets = taught.Targets[t];
            Assert.Equal([0, 3], targets.Classes);
            for (int i = 0; i < pixels; i++)
            {
                bool sounds = labels[i] != 0;
                Assert.Equal((moves[i] ? 0.5f : 0) + (sounds ? 0.5f : 0), taught.Prepared.PreMask.Values[t * pixels + i]);
                Assert.Equal(sounds ? 0 : 1, targets.Masks[i]);
                Assert.Equal(sounds ? 1 : 0, targets.Masks[pixels + i]);
                Assert.Equal(sounds && moves[i] ? 1 : 0, targets.PostMasks[pixels + i]);
                Assert.Equal(targets.Masks[i], targets.PostMasks[i]);
                Assert.Equal(sounds ? 1 : 0, taught.Prepared.Stage1Mask![t * pixels + i]);
            }
        }

        LabelledClip untaught = preparer.ForTraining(clip, knowsGroundTruth: false);
        Assert.Equal(moves.Select(m => m ? 1f : 0.5f), untaught.Prepared.PreMask.Values[..pixels]);
        LabelledClip one = preparer.ForTraining(clip with { Labels = [null, clip.Labels[1]] }, knowsGroundTruth: true);
        Assert.Equal(1, one.Prepared.Frames);
        Assert.Equal(taught.Prepared.PreMask.Values[pixels..], one.Prepared.PreMask.Values);
        var plain = new LabelledClipPreparer(TinyModel.Binary, TinyModel.Options with { PreMask = false }, TinyModel.Tokenizer);
        Assert.All(plain.ForTraining(clip, knowsGroundTruth: true).Prepared.PreMask.Values, m => Assert.Equal(1f, m));
        Assert.Equal([0, 1], plain.ForTraining(clip, knowsGroundTruth: true).Targets[0].Classes);
    }

    [Fact]
    public void TargetsOfClassesAddUpToTheOneTargetOfAllThatSounds()
    {
        TrainingClip clip = new MadeClips(1).Load(0);
        var labels = new LabelMap(MadeClips.Size, MadeClips.Size, [.. clip.Labels[0]!.Labels]);
        for (int i = 0; i < labels.Labels.Length / 4; i++)
            labels.Labels[^(1 + i)] = 5;
        TrainingClip two = clip with { Labels = [labels, clip.Labels[1]] };
        LabelledClip together = Targets(labels: 2), each = Targets(labels: 8);

        Assert.Equal([0, 1], together.Targets[0].Classes);
        Assert.Equal([0, 1, 5], each.Targets[0].Classes);
        Assert.Equal([0, 1], each.Targets[1].Classes);
        Assert.Equal(together.Targets[1].Masks, each.Targets[1].Masks);
        foreach (Func<FrameTargets, float[]> masks in (Func<FrameTargets, float[]>[])[t => t.Masks, t => t.PostMasks])
        {
            float[] all = masks(together.Targets[0]), parts = masks(each.Targets[0]);
            int pixels = all.Length / 2;
            Assert.Equal(all[..pixels], parts[..pixels]);
            Assert.Equal(all[pixels..], parts[pixels..(2 * pixels)].Zip(parts[(2 * pixels)..], (a, b) => a + b));
        }
        Assert.Contains(1f, each.Targets[0].Masks[(2 * MadeClips.Size * MadeClips.Size)..]);

        InputException error = Assert.Throws<InputException>(() => Targets(labels: 8, hasClasses: false));
        Assert.Contains("do not tell classes", error.Message);

        LabelledClip Targets(int labels, bool hasClasses = true) =>
            new LabelledClipPreparer(TinyModel.Binary with { NumLabels = labels }, TinyModel.Options, TinyModel.Tokenizer)
                .ForTraining(two with { HasClasses = hasClasses }, true);
    }
}
