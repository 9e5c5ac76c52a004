using SspNative.Kernels;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Weights;

/// <summary>A training's checkpoint is a weight file as any other.</summary>
[LeakCheck]
public sealed class CheckpointWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Names of moments end as those of weights do: a text encoder must not be read from the optimizer's.</summary>
    [Fact]
    public void EveryPartIsReadFromTheWeightsAndNotFromTheMoments()
    {
        string path = _folder["last.safetensors"];
        TrainingOptions options = TinyModel.Options with { Trainable = TrainableSet.All };
        using IDevice device = TinyModel.Device();
        using var model = new TrainingModel(TinyModel.Binary, new ProceduralSource(1), device, options.Objective);
        using (var trainer = new Trainer(model, new MadeClips(2), options, TinyModel.Tokenizer))
        {
            trainer.Step();
            Checkpoint.Save(path, trainer);
        }
        using var files = new WeightFiles([path]);
        using var again = new TrainingModel(TinyModel.Binary, files, device, options.Objective);
        Assert.Contains(again.Parameters.Names, n => n.StartsWith("vta.bert.", StringComparison.Ordinal));
        Assert.All(again.Parameters.Names, name => Assert.Equal(model.Parameters[name].ToArray(), again.Parameters[name].ToArray()));
    }
}
