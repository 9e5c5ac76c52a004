using SspNative.Engine;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Model.Data.AvsBench;
using SspNative.Model.Evaluation;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary>The phases of a recipe one after the other, whole and interrupted.</summary>
[LeakCheck]
public sealed class PhaseTests(PhaseTests.WholeRun uninterrupted) : IClassFixture<PhaseTests.WholeRun>, IDisposable
{
    private const int Clips = 3;
    private const ulong FirstSeed = 5;

    private static readonly TrainingOptions _options = TinyModel.Options with { Epochs = 2, Milestones = [1], Seed = 3 };

    // Vggish alone, then all that is seen by 71 classes, then the text encoder alone, then the task: class heads and the text's layers appear on the way.
    private static readonly TrainingRecipe _recipe = new(
    [
        new TrainingPhase("sound", _options with { Objective = TrainingObjective.AudioTagging }),
        new TrainingPhase("sight", _options with { Objective = TrainingObjective.SemanticPretraining, Epochs = 1 }),
        new TrainingPhase("text", _options with { Objective = TrainingObjective.TextTagging, Epochs = 1 }),
        new TrainingPhase("task", _options with { Frozen = ["vggish."], GroundTruthShare = 0.5f, DropPath = 0.3f, TextRateShare = 0.1f }),
    ]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EachPhaseBeginsWithTheBestWeightsOfTheOneBefore()
    {
        Recorder seen = Run("run");
        Assert.Equal(["sound", "sight", "text", "task"], seen.Phases.Select(p => p.Name));
        foreach (string alone in (string[])["sound", "text"])
            Assert.All(StepLog.Read(_folder[$"run/{alone}/metrics.csv"]), s => Assert.True(s.Total > 0 && s.Total == s.CrossEntropy));
        Assert.Equal([_folder["run/sound"], _folder["run/sight"], _folder["run/text"], _folder["run"]], seen.Phases.Select(p => p.Folder));
        var expected = new List<Checkpoint>();
        try
        {
            foreach (Begun phase in seen.Phases)
            {
                foreach ((string name, float[] values) in phase.Weights)
                    Assert.Equal(From(expected, phase.Specs.Single(p => p.Name == name)), values);
                Assert.Empty(phase.Initialised);
                expected.Insert(0, Checkpoint.Open(Path.Combine(phase.Folder, RunFolder.BestFile)));
            }
        }
        finally
        {
            expected.ForEach(c => c.Dispose());
        }
    }

    // Steps: sound 2·2, sight 1·2, text 1·2, task 2·2. Stops after steps 4 and 6 fall exactly between two phases.
    [Theory]
    [InlineData(4, 6)]
    [InlineData(1, 5)]
    [InlineData(-1)]
    [InlineData(-2)]
    public void ARunThatIsStoppedAcrossPhasesEndsWithTheSameBits(params int[] stops)
    {
        if (stops[0] < 0)
        {
            var random = new Random(-stops[0]);
            stops = [.. Enumerable.Range(0, 3).Select(_ => random.Next(1, 12)).Distinct().Order()];
        }
        int taken = 0;
        foreach (int at in stops)
            taken += Run("parts", at - taken).Steps;
        taken += Run("parts").Steps;
        Assert.Equal(12, taken);
        AssertSameFiles();
        Assert.Empty(Run("parts").Phases);
    }

    // Nothing is saved after the step in which the run dies, so that it is taken again.
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public void ARunThatDiesAcrossPhasesEndsWithTheSameBits(int step)
    {
        Assert.Throws<IOException>(() => Run("parts", step, dies: true));
        Run("parts");
        AssertSameFiles();
    }

    private void AssertSameFiles()
    {
        foreach (string file in (string[])["sound/last", "sound/best", "sight/last", "sight/best", "text/last", "text/best", "last", "best"])
        {
            using Checkpoint whole = Checkpoint.Open(uninterrupted.Folder[$"{file}.safetensors"]);
            using Checkpoint parts = Checkpoint.Open(_folder[$"parts/{file}.safetensors"]);
            Assert.Equal(whole.Hash, parts.Hash);
        }
    }

    private Recorder Run(string run, int stopAfter = int.MaxValue, bool dies = false) => RunIn(_folder[run], stopAfter, dies);

    private static Recorder RunIn(string folder, int stopAfter = int.MaxValue, bool dies = false)
    {
        using IDevice device = TinyModel.Device();
        using var stop = new CancellationTokenSource();
        var recorder = new Recorder(stop, stopAfter, dies);
        var training = new RecipeRun(
            folder, _recipe, TinyModel.Binary, (_, split) => new MadeClips(split == ClipSplit.Train ? Clips : 1), TinyModel.Tokenizer, device)
        {
            Validation = (clips, config, options, tokenizer) => new Validator(clips, config, options, tokenizer),
        };
        training.Run(new InitialWeights(FirstSeed), recorder, stop.Token);
        return recorder;
    }

    // What a phase must begin with: of the latest phase that has the parameter in this shape, else of the first weights.
    private static float[] From(IEnumerable<Checkpoint> latestFirst, ParameterSpec parameter)
    {
        using var scope = new TensorScope();
        IParameterSource source = latestFirst.Select(c => c.Weights).FirstOrDefault(w => w.Problem(parameter) is null) ?? new InitialWeights(FirstSeed);
        return source.Load(parameter, TestDevices.Shared).ToArray();
    }

    /// <summary>The run that nothing interrupts, taken once for all tests.</summary>
    public sealed class WholeRun : IDisposable
    {
        public WholeRun() => RunIn(Folder.Path);

        internal TemporaryFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();
    }

    private sealed record Begun(
        string Name, string Folder, IReadOnlyList<string> Initialised, Dictionary<string, float[]> Weights, IReadOnlyList<ParameterSpec> Specs);

    private sealed class Recorder(CancellationTokenSource stop, int stopAfter, bool dies) : ITrainingObserver
    {
        public List<Begun> Phases { get; } = [];

        public int Steps { get; private set; }

        public void Begin(TrainingPhase phase, string folder, Trainer trainer, IReadOnlyList<string> initialised)
        {
            ParameterStore parameters = trainer.Model.Parameters;
            Phases.Add(new Begun(
                phase.Name, folder, [.. initialised], TinyModel.Weights(trainer.Model), [.. parameters.Specs]));
        }

        public void Step(StepRecord step)
        {
            if (++Steps < stopAfter)
                return;
            if (dies)
                throw new IOException("dead");
            stop.Cancel();
        }

        public void Epoch(EpochRecord epoch)
        {
        }
    }
}
