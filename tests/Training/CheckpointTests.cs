using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Data;
using SspNative.Model.Training;
using SspNative.Tests.Serialization;
using Xunit;

namespace SspNative.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AnInterruptedRunEndsWithTheSameBits()
    {
        string whole = _folder["whole"], parts = _folder["parts"];
        var data = new MadeClips(3);
        TrainingOptions options = TinyModel.Options with { Epochs = 3, GroundTruthShare = 0.5f };
        using (CpuDevice device = TinyModel.Device())
        using (TrainingModel model = TinyModel.Create(TinyModel.Binary, device))
        using (var trainer = new Trainer(model, data, options, TinyModel.Tokenizer))
            Run(whole, trainer, stopAfter: int.MaxValue);

        // Epochs have two steps: stop inside the first, then at the end of the second.
        using (CpuDevice device = TinyModel.Device())
        using (TrainingModel model = TinyModel.Create(TinyModel.Binary, device))
        using (var trainer = new Trainer(model, data, options, TinyModel.Tokenizer))
            Run(parts, trainer, stopAfter: 1);
        Resume(parts, data, stopAfter: 3);
        Resume(parts, data, stopAfter: int.MaxValue);

        foreach (string file in (string[])[TrainingRun.LastFile, TrainingRun.BestFile])
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(parts, file)));
        using Checkpoint end = Checkpoint.Open(Path.Combine(parts, TrainingRun.LastFile));
        Assert.Equal(6, end.State.Step);
        Assert.InRange(end.State.BestScore!.Value, 0, 1);
        Assert.Equal(options.Criterion, end.Options.Criterion);
        Assert.Equal(64, end.Hash.Length);
    }

    [Fact]
    public void DamageIsFoundAndSaid()
    {
        string path = _folder["damaged.safetensors"];
        using CpuDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary with { TextFusion = TextFusion.None }, device);
        using var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, TinyModel.Tokenizer);
        File.WriteAllText(path + ".abcdefgh.xyz", "left by a killed run");
        Checkpoint.Save(path, trainer);
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
        byte[] good = File.ReadAllBytes(path);
        Checkpoint.Open(path).Dispose();

        File.WriteAllBytes(path, good[..(good.Length / 2)]);
        Assert.Contains(path, Error());
        byte[] garbled = [.. good];
        garbled[^1000] ^= 4;
        File.WriteAllBytes(path, garbled);
        Assert.Contains("the file is damaged", Error());
        int seed = good.AsSpan().IndexOf("learning_rate"u8);
        garbled = [.. good];
        garbled[garbled.AsSpan(seed).IndexOf((byte)'1') + seed] = (byte)'2';
        File.WriteAllBytes(path, garbled);
        Assert.Contains("the file is damaged", Error());
        SspNative.Engine.Serialization.SafetensorsWriter.Write(path, new Dictionary<string, SspNative.Engine.Tensor>());
        Assert.Contains("no checkpoint of a training", Error());

        string Error() => Assert.Throws<InvalidDataException>(() => Checkpoint.Open(path).Dispose()).Message;
    }

    [Fact]
    public void OtherDataCannotContinueARun()
    {
        string path = _folder["run.safetensors"];
        using CpuDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary with { TextFusion = TextFusion.None }, device);
        using (var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, TinyModel.Tokenizer))
            Checkpoint.Save(path, trainer);
        using Checkpoint checkpoint = Checkpoint.Open(path);
        using var other = new Trainer(model, new MadeClips(2), TinyModel.Options, TinyModel.Tokenizer);
        Assert.Contains("not those that the run began with", Assert.Throws<InputException>(() => other.Resume(checkpoint)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private static void Resume(string folder, MadeClips data, int stopAfter)
    {
        using Checkpoint checkpoint = Checkpoint.Open(Path.Combine(folder, TrainingRun.LastFile));
        using CpuDevice device = TinyModel.Device();
        using var model = new TrainingModel(checkpoint.Config, checkpoint.Weights, device);
        using var trainer = new Trainer(model, data, checkpoint.Options, TinyModel.Tokenizer);
        trainer.Resume(checkpoint);
        Run(folder, trainer, stopAfter);
    }

    private static void Run(string folder, Trainer trainer, int stopAfter)
    {
        using var stop = new CancellationTokenSource();
        var validator = new Validator(new MadeClips(1), trainer.Model.Config, trainer.Options, TinyModel.Tokenizer);
        int steps = 0;
        new TrainingRun(folder, trainer, validator).Run(
            _ =>
            {
                if (++steps == stopAfter)
                    stop.Cancel();
            },
            _ => { },
            stop.Token);
    }
}
