using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Engine.Nn;
using SspNative.Kernels;
using SspNative.Model.Config;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Training;
using SspNative.Tests.Architecture;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Training;

/// <summary>
/// Every parameter's first weights and the phases that train it, held as they are: renaming a layer, or moving its parameters, must change neither.
/// </summary>
[LeakCheck]
public sealed partial class ParameterTableTests
{
    private static readonly string _table = Repository.Path("tests/Training/parameters.txt");

    [Theory]
    [InlineData("avs", 1, "2a1cc9fcf2cd9a97")]
    [InlineData("avs", 2, "0a9b562edf1673e5")]
    [InlineData("avss", 1, "fc21ee263ca43bd4")]
    [InlineData("avss", 2, "aff2b4c52f72e960")]
    [InlineData("avs att", 1, "0c63c832ad3b0a82")]
    [InlineData("avs att", 2, "7867b4eb87fae10b")]
    [InlineData("avs none", 1, "4e9910c7e26d3d86")]
    [InlineData("avs none", 2, "c5dc8e7a60eec12e")]
    [InlineData("sight", 1, "c5158b2ccfbb247c")]
    [InlineData("sight", 2, "c36c5ab0fd511c46")]
    [InlineData("sound", 1, "5edecf22461e668c")]
    [InlineData("sound", 2, "cc68972f90dd6d87")]
    public void EveryNumberOfTheTinyModelsFirstWeightsIsHeld(string model, ulong seed, string hash)
    {
        using IDevice device = TinyModel.Device();
        (SspConfig config, TrainingObjective objective) = Case(model, TinyModel.Binary, TinyModel.Semantic);
        using var made = new TrainingModel(config, new InitialWeights(seed), device, objective);
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in made.Parameters.Names.Order(StringComparer.Ordinal))
        {
            all.AppendData(Encoding.UTF8.GetBytes($"{name} {made.Parameters[name].Shape}"));
            all.AppendData(MemoryMarshal.AsBytes(made.Parameters[name].ToArray().AsSpan()));
        }
        Assert.Equal(hash, Hex(all.GetHashAndReset()));
    }

    /// <summary>A line of the table is a name, layers' numbers as *, the shape of the first, the first phase that trains it, and its first weights.</summary>
    [Fact]
    public void EveryParameterOfTheFullModelKeepsItsFirstWeightsAndItsPhase()
    {
        var rows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string model in new[] { "avs", "avss", "avs att", "avs none", "sight", "sound" })
        {
            (SspConfig config, TrainingObjective objective) = Case(
                model, SspConfig.Full(SegmentationTask.Avs), SspConfig.Full(SegmentationTask.Avss));
            var first = new FirstOfEachPattern(rows);
            using var device = new CountingDevice();
            using var made = new TrainingModel(config, first, device, objective);
            Dictionary<TrainableSet, HashSet<string>> trained = Enum.GetValues<TrainableSet>().ToDictionary(set => set, set =>
            {
                made.Train(new TrainingOptions { Trainable = set });
                return made.Parameters.Trainable.Select(p => p.Name).ToHashSet();
            });
            Assert.Equal(made.Parameters.Names.Count, trained[TrainableSet.All].Count);
            foreach (string name in made.Parameters.Names)
            {
                TrainableSet phase = trained.First(t => t.Value.Contains(name)).Key;
                Assert.Equal(trained[TrainableSet.HeadsAndBackboneAdapters].Contains(name), phase != TrainableSet.All);
                first.Phase(name, phase);
            }
        }
        var flow = new FirstOfEachPattern(rows);
        using (var device = new CountingDevice())
        using (var store = new ParameterStore(flow, device))
        {
            _ = new PerceiverFlow(store.Root, new PerceiverFlowConfig());
            foreach (string name in store.Names)
                flow.Phase(name, TrainableSet.All);
        }
        Assert.Equal(File.ReadAllLines(_table), rows.Select(r => $"{r.Key}  {r.Value}"));
    }

    private static (SspConfig Config, TrainingObjective Objective) Case(string model, SspConfig binary, SspConfig semantic) => model switch
    {
        "avs" => (binary, TrainingObjective.Segmentation),
        "avss" => (semantic, TrainingObjective.Segmentation),
        "avs att" => (binary with { TextFusion = TextFusion.Attention }, TrainingObjective.Segmentation),
        "avs none" => (binary with { TextFusion = TextFusion.None }, TrainingObjective.Segmentation),
        "sight" => (binary, TrainingObjective.SemanticPretraining),
        _ => (binary, TrainingObjective.AudioTagging),
    };

    private static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash[..8]);

    [GeneratedRegex(@"(?<=\.|stage)\d+(?=\.)")]
    private static partial Regex Number();

    /// <summary>Initialises the first parameter of each pattern and shape, describes it, and hands out shapes alone.</summary>
    private sealed class FirstOfEachPattern(SortedDictionary<string, string> rows) : IParameterSource
    {
        private readonly InitialWeights _initial = new(1);
        private readonly Dictionary<string, string> _patterns = [];
        private readonly Dictionary<string, string> _rowOf = [];

        public string Description => "the first of each pattern";

        public bool Has(string name) => true;

        public string? Problem(ParameterSpec parameter) => null;

        public Tensor Load(ParameterSpec parameter, IDevice device)
        {
            (string name, Shape shape, _, _) = parameter;
            string pattern = Number().Replace(name, "*");
            if (_patterns.TryAdd(pattern, $"{pattern} {shape}") && !rows.ContainsKey(_patterns[pattern]))
                rows.Add(_patterns[pattern], Describe(parameter));
            _rowOf.Add(name, _patterns[pattern]);
            return Tensor.Empty(shape, device);
        }

        /// <summary>Adds the phase to the row, or checks that it is the one that the row has.</summary>
        public void Phase(string name, TrainableSet phase)
        {
            string row = _rowOf[name], end = $"  {phase}";
            if (!rows[row].Contains("  ", StringComparison.Ordinal))
                rows[row] += end;
            Assert.EndsWith(end, rows[row], StringComparison.Ordinal);
        }

        private string Describe(ParameterSpec parameter)
        {
            using var scope = new TensorScope();
            float[] values = _initial.Load(parameter, TestDevices.Shared).ToArray();
            string hash = Hex(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));
            return string.Create(CultureInfo.InvariantCulture, $"{values.Min():g3}…{values.Max():g3} {hash}");
        }
    }
}
