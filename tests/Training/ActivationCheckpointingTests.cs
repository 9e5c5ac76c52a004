using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Losses;
using SspNative.Model.Networks;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

[LeakCheck]
public sealed class ActivationCheckpointingTests
{
    [Theory]
    [InlineData(SegmentationTask.Avs, TrainableSet.All)]
    [InlineData(SegmentationTask.Avss, TrainableSet.HeadsAndBackboneAdapters)]
    [InlineData(SegmentationTask.Avs, TrainableSet.Heads)]
    public void GradientsOfTheModelAreTheSameBits(SegmentationTask task, TrainableSet trained)
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(task == SegmentationTask.Avs ? TinyModel.Binary : TinyModel.Semantic, device);
        model.Train(new TrainingOptions { Trainable = trained });
        (Dictionary<string, float[]> plain, long plainPeak) = Gradients(model, device, checkpointing: false);
        (Dictionary<string, float[]> again, long peak) = Gradients(model, device, checkpointing: true);
        Assert.NotEmpty(plain);
        Assert.Equal(plain.Keys, again.Keys);
        Assert.All(plain, g => Assert.Equal(g.Value, again[g.Key]));
        if (trained != TrainableSet.Heads)
            Assert.True(peak < 0.8 * plainPeak, $"{peak} of {plainPeak} bytes");
    }

    [Fact]
    public void ARunOfTheTrainerIsTheSameBits()
    {
        Assert.Equal(Trained(TinyModel.Options), Trained(TinyModel.Options with { ActivationCheckpointing = true }));

        static Dictionary<string, float[]> Trained(TrainingOptions options)
        {
            using IDevice device = TinyModel.Device();
            using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
            using (var trainer = new Trainer(model, new MadeClips(2), options, TinyModel.Tokenizer))
            {
                trainer.Step();
                trainer.Step();
            }
            Dictionary<string, float[]> weights = TinyModel.Weights(model);
            model.Dispose();
            Assert.Equal(0, device.LiveBuffers);
            return weights;
        }
    }

    private static (Dictionary<string, float[]> Gradients, long Peak) Gradients(TrainingModel model, IDevice device, bool checkpointing)
    {
        LabelledClip clip = new LabelledClipPreparer(model.Config, TinyModel.Options, TinyModel.Tokenizer).ForTraining(new MadeClips(1).Load(0), true);
        long atRest = device.LiveBytes;
        device.ResetPeak();
        using var scope = new TensorScope();
        using var tape = new GradientTape { CheckpointLayers = checkpointing };
        SspOutput output = model.Forward(clip.Prepared, auxiliary: true);
        SspLossParts loss = new SspLoss(TinyModel.Options.Criterion).Forward(
            output.Predictions, clip.MaskTargets(device), clip.PostMasks(device), new SplitMixPoints(1));
        using Gradients found = tape.Backward(loss.Total);
        Dictionary<string, float[]> gradients = model.Parameters.Trainable.Where(p => found.Find(p.Parameter) is not null)
            .ToDictionary(p => p.Name, p => found[p.Parameter].ToArray());
        return (gradients, device.PeakBytes - atRest);
    }
}
