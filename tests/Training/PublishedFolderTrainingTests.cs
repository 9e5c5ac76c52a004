using SspNative.Cli.Terminal;
using SspNative.Model;
using SspNative.Model.Config;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Pipeline;
using SspNative.Model.Training;
using SspNative.Model.Weights;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary><c>ssp train</c> from a folder of published files: their parts, their vocabulary and their flow.</summary>
[LeakCheck]
public sealed class PublishedFolderTrainingTests : IDisposable
{
    private static readonly SspConfig _tiny = PublishedFolder.Tiny;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATrainingBeginsFromTheFolderThatItsAuthorsBeganFrom()
    {
        PublishedFolder.Write(_folder["weights"], _tiny, seed: 3, aligned: false);
        File.Delete(Path.Combine(_folder["weights"], "s4.pth"));
        TorchWriter.Zip(Path.Combine(_folder["weights"], "mask2former.bin"), new PublishedFiles(_tiny, 3).Mask2Former());
        File.WriteAllText(_folder["config.json"], ConfigJson.Write(_tiny));
        Assert.Equal(0, CommandRun.Of(
            "data", "synth", "--out", _folder["set"], "--clips", "4", "--seed", "1", "--size", "64", "--frames", "2", "--split", "0.5,0.5,0").Code);
        CommandRun run = CommandRun.Of(
            "profile", "train", "--data", _folder["set"], "--config", _folder["config.json"], "--weights", _folder["weights"], "--steps", "1",
            "--vocab", Path.Combine(_folder["weights"], "blip/vocab.txt"));
        Assert.True(run.Code == ExitCodes.Success, run.Error);
        // Without the sound's network nothing can be trained on it.
        File.Delete(Path.Combine(_folder["weights"], "vggish-10086976.pth"));
        Assert.Contains("vggish", CommandRun.Refused(
            "profile", "train", "--data", _folder["set"], "--config", _folder["config.json"], "--weights", _folder["weights"], "--steps", "1",
            "--vocab", Path.Combine(_folder["weights"], "blip/vocab.txt")));
    }

    [Fact]
    public void ATrainingReadsWordsAsItsFirstWeightsDo()
    {
        PublishedFolder.Write(_folder["weights"], _tiny, seed: 3, aligned: true);
        File.WriteAllText(_folder["config.json"], ConfigJson.Write(_tiny));
        File.WriteAllText(_folder["options.json"], ConfigJson.Write(TinyModel.Options with { Epochs = 1, Trainable = TrainableSet.Heads }));
        CommandRun.Succeed("data", "synth", "--out", _folder["set"], "--clips", "2", "--seed", "1", "--size", "32", "--frames", "2", "--split", "0.5,0.5,0");
        string vocabulary = Path.Combine(_folder["weights"], "blip/vocab.txt");
        string[] Train(string run, string weights) =>
        [
            "train", "--data", _folder["set"], "--config", _folder["config.json"], "--options", _folder["options.json"], "--out", _folder[run],
            "--weights", weights,
        ];
        CommandRun.Succeed(Train("run", _folder["weights"]));
        Assert.Equal(vocabulary, TrainingPlan.Read(_folder["run"]).Inputs!.Vocab);
        string words = _folder["run/best.safetensors"];
        using (TrainedModel model = TrainedModel.Open(words))
            Assert.False(model.HashesWords);
        CommandRun.AssertRefused("give the same with --vocab", Train("next", words));
        CommandRun.Succeed([.. Train("next", words), "--vocab", vocabulary]);

        CommandRun.Succeed(Train("hashed", "initial"));
        CommandRun.AssertRefused("leave out --vocab", [.. Train("mixed", _folder["hashed/best.safetensors"]), "--vocab", vocabulary]);
        CommandRun.AssertRefused("give the same with --vocab", ["ablate", .. Train("study", words)[1..], "--seeds", "1"]);

        // The file that the text encoder is taken from decides, not others beside it.
        bool? Hashes(params string[] files)
        {
            using var weights = new WeightFiles(files);
            return weights.HashesWords;
        }
        string blip = Path.Combine(_folder["weights"], "blip/pytorch_model.bin"), hashed = _folder["hashed/best.safetensors"];
        Assert.Equal([false, false, false, true, true, null, null], (bool?[])
            [
                Hashes(_folder["weights"]), Hashes(words), Hashes(blip, hashed), Hashes(hashed), Hashes(hashed, blip), Hashes("initial"),
                Hashes(Path.Combine(_folder["weights"], "s4.pth")),
            ]);

        // A run goes on with the same words, wherever they lie, and with no others.
        string[] resume = ["train", "--data", _folder["set"], "--out", _folder["run"], "--resume"];
        File.Move(vocabulary, _folder["moved.txt"]);
        CommandRun.AssertRefused("vocab.txt", resume);
        CommandRun.Succeed([.. resume, "--vocab", _folder["moved.txt"]]);
        File.WriteAllText(vocabulary, File.ReadAllText(_folder["moved.txt"]) + "more\n");
        CommandRun.AssertRefused("another vocabulary", resume);
        CommandRun.AssertRefused("so it cannot go on with", [.. resume, "--vocab", _folder["prompts.json"]]);
        File.Delete(vocabulary);
        CommandRun.AssertRefused("the text encoder was trained with a vocabulary", Train("none", _folder["weights"]));
        vocabulary = _folder["moved.txt"];

        // A model of a training says nothing of flow: its network may come from another file.
        using SspModel pyramid = SspModel.Load(new SspModelOptions { Weights = [words], Vocabulary = vocabulary });
        Assert.Equal(FlowKind.Pyramid, pyramid.Flow);
        using SspModel perceiver = SspModel.Load(new SspModelOptions
        {
            Weights = [words, Path.Combine(_folder["weights"], "flow/pytorch_model.bin")],
            Vocabulary = vocabulary,
        });
        Assert.Equal(FlowKind.Perceiver, perceiver.Flow);
    }
}
