using SspNative.Engine;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.Evaluation;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

[LeakCheck]
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void ARunInterruptedAfterEveryStepEndsWithTheSameBits()
    {
        var data = new MadeClips(3);
        TrainingOptions options = TinyModel.Options with { Epochs = 2, GroundTruthShare = 0.5f };
        Start(_folder["whole"], data, options, _ => false);
        Start(_folder["parts"], data, options, _ => true);
        for (int step = 1; step < 4; step++)
            Resume(_folder["parts"], data, _ => true);
        AssertSameFiles("whole", "parts");
        using Checkpoint end = Checkpoint.Open(Path.Combine(_folder["parts"], RunFolder.LastFile));
        Assert.Equal(4, end.State.Step);
        Assert.InRange(end.State.BestScore!.Value, 0, 1);
        Assert.Equal(options.Criterion, end.Options.Criterion);
        Assert.Equal(64, end.Hash.Length);
    }

    [Fact]
    public void ARunThatDiesBetweenTwoSavingsEndsWithTheSameBits()
    {
        var data = new MadeClips(6);
        TrainingOptions options = TinyModel.Options with { Epochs = 2 };
        Start(_folder["whole"], data, options, _ => false);
        // Saved after steps 2, 3 (an epoch's end) and 4, dead before step 5 is.
        Assert.Throws<IOException>(() => Start(
            _folder["parts"], data, options, trainer => trainer.State.Step == 5 ? throw new IOException("dead") : false));
        using (Checkpoint left = Checkpoint.Open(Path.Combine(_folder["parts"], RunFolder.LastFile)))
            Assert.Equal(4, left.State.Step);
        Resume(_folder["parts"], data, _ => false);
        AssertSameFiles("whole", "parts");
    }

    [Fact]
    public void DamageIsFoundAndSaid()
    {
        string path = _folder["damaged.safetensors"];
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary with { TextFusion = TextFusion.None }, device);
        using var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, TinyModel.Tokenizer);
        Checkpoint.Save(path, trainer);
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
    public void TheFormerCheckpointIsThereUntilTheNewOneIsWhole()
    {
        string path = _folder["last.safetensors"];
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary with { TextFusion = TextFusion.None }, device);
        using var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, TinyModel.Tokenizer);
        string[] others = [path + ".bak", path + ".abcdefgh.xyz", path + ".x.y"];
        foreach (string other in others)
            File.WriteAllText(other, "somebody's own");
        Checkpoint.Save(path, trainer);
        using var stop = new CancellationTokenSource();
        int missing = 0;
        var watcher = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                missing += File.Exists(path) ? 0 : 1;
        });
        watcher.Start();
        for (int i = 0; i < 30; i++)
            Checkpoint.Save(path, trainer);
        stop.Cancel();
        watcher.Join();
        Assert.Equal(0, missing);
        Assert.Equal([path, .. others.Order(StringComparer.Ordinal)], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void OtherDataCannotContinueARun()
    {
        string path = _folder["run.safetensors"];
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary with { TextFusion = TextFusion.None }, device);
        using (var trainer = new Trainer(model, new MadeClips(1), TinyModel.Options, TinyModel.Tokenizer))
            Checkpoint.Save(path, trainer);
        using Checkpoint checkpoint = Checkpoint.Open(path);
        using var other = new Trainer(model, new MadeClips(2), TinyModel.Options, TinyModel.Tokenizer);
        Assert.Contains("not those that the run began with", Assert.Throws<InputException>(() => other.Resume(checkpoint)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private static void Start(string folder, MadeClips data, TrainingOptions options, Func<Trainer, bool> stops)
    {
        using IDevice device = TinyModel.Device();
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        using var trainer = new Trainer(model, data, options, TinyModel.Tokenizer);
        Run(folder, trainer, stops);
    }

    private static void Resume(string folder, MadeClips data, Func<Trainer, bool> stops)
    {
        using Checkpoint checkpoint = Checkpoint.Open(Path.Combine(folder, RunFolder.LastFile));
        using IDevice device = TinyModel.Device();
        using var model = new TrainingModel(checkpoint.Config, checkpoint.Weights, device);
        using var trainer = new Trainer(model, data, checkpoint.Options, TinyModel.Tokenizer);
        trainer.Resume(checkpoint);
        checkpoint.Dispose();
        Run(folder, trainer, stops);
    }

    private static void Run(string folder, Trainer trainer, Func<Trainer, bool> stops)
    {
        using var stop = new CancellationTokenSource();
        using var log = new StepLog(Path.Combine(folder, "metrics.csv"), trainer.State.Step);
        var validator = new Validator(new MadeClips(1), trainer.Model.Config, trainer.Options, TinyModel.Tokenizer);
        new PhaseRun(folder, trainer, validator) { SaveEverySteps = 2 }.Run(
            record =>
            {
                log.Add(record);
                if (stops(trainer))
                    stop.Cancel();
            },
            _ => { },
            stop.Token);
    }

    private void AssertSameFiles(string first, string second)
    {
        foreach (string file in (string[])[RunFolder.LastFile, RunFolder.BestFile, "metrics.csv"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder[first], file)), File.ReadAllBytes(Path.Combine(_folder[second], file)));
    }
}
