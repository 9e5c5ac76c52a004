using System.Globalization;
using SspNative.Engine;
using SspNative.Engine.Distributed;
using SspNative.Engine.Optim;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Lab;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Distributed;

/// <summary>How parameters are cut, added up and sent.</summary>
public sealed class SlicedGradientsTests
{
    private static readonly long[] _counts = [5, 3 * SumOfSquaresCall.Block + 7, 1, 40 * SumOfSquaresCall.Block, 2048, 300];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    public void SlicesAreEqualAndHaveEveryNumberOnce(int ranks)
    {
        GradientSlice[] slices = GradientSlice.Cut(_counts, ranks);
        Assert.Equal(slices.Select(s => s.Owner).Order(), slices.Select(s => s.Owner));
        for (int p = 0; p < _counts.Length; p++)
        {
            long next = 0;
            foreach (GradientSlice slice in slices.Where(s => s.Parameter == p))
            {
                Assert.Equal(next, slice.Start);
                next += slice.Count;
            }
            Assert.Equal(_counts[p], next);
        }
        int[] blocks = [.. Enumerable.Range(0, ranks).Select(rank => slices.Where(s => s.Owner == rank).Sum(s => s.Blocks))];
        Assert.InRange(blocks.Max() - blocks.Min(), 0, 1);
    }

    // A slice is no larger than what an array can hold.
    [Theory]
    [InlineData((1L << 30) + 5, 1, "0+268435456 268435456+268435456 536870912+268435456 805306368+268435456 1073741824+5")]
    [InlineData(1L << 28, 1, "0+268435456")]
    [InlineData(1L << 29, 2, "0+268435456 268435456+268435456")]
    public void LargeParametersAreCutAgain(long count, int ranks, string cut) => Assert.Equal(
        cut, string.Join(' ', GradientSlice.Cut([count], ranks).Select(s => $"{s.Start}+{s.Count}")));

    // Parameters that no gradient reaches in some clips, or in all, and gradients whose order of adding shows in the last bit.
    [Theory]
    [InlineData(2, Way.Direct)]
    [InlineData(3, Way.Direct)]
    [InlineData(4, Way.Direct)]
    [InlineData(3, Way.OverHosts)]
    [InlineData(2, Way.Linked)]
    [InlineData(4, Way.Linked)]
    public void SumsNormAndParametersAreThoseOfOneProcess(int count, Way way)
    {
        const int clips = 5, steps = 2;
        (double[] norms, float[][] parameters) = Alone();
        var wires = new ThreadLink.Wires();
        foreach ((double[] Norms, float[][] Parameters) rank in ThreadRanks.Run(count, Together))
        {
            Assert.Equal(norms, rank.Norms);
            Assert.Equal(parameters, rank.Parameters);
        }

        (double[], float[][]) Alone()
        {
            using var device = new CpuDevice(CpuDevice.Default.Isa);
            using var scope = new TensorScope();
            Tensor[] all = Parameters(device);
            using var optimizer = new AdamW();
            double[] found = new double[steps];
            for (int step = 0; step < steps; step++)
            {
                var sums = new Dictionary<int, Tensor>();
                for (int clip = step * clips; clip < (step + 1) * clips; clip++)
                    for (int p = 0; p < all.Length; p++)
                        if (Reaches(clip, p))
                            sums[p] = sums.TryGetValue(p, out Tensor? sum) ? Ops.Add(sum, Gradient(clip, p, device)) : Gradient(clip, p, device);
                found[step] = GradientClipping.GlobalNorm(sums.Values);
                optimizer.Update(sums.OrderBy(s => s.Key).Select(s => ($"p{s.Key}", all[s.Key], s.Value)), 0.5f);
            }
            return (found, [.. all.Select(p => p.ToArray())]);
        }

        (double[], float[][]) Together(ICollective ranks)
        {
            using var device = new CpuDevice(CpuDevice.Default.Isa);
            (double[], float[][]) found = On(ranks, device);
            Assert.Equal(0, device.LiveBuffers);
            return found;
        }

        (double[], float[][]) On(ICollective ranks, IDevice device)
        {
            using var scope = new TensorScope();
            Tensor[] all = Parameters(device);
            var between = new DeviceCollective(ranks, way == Way.Linked ? new ThreadLink(wires, ranks.Rank) : null);
            using var gradients = new SlicedGradients(way == Way.Direct ? ranks : between, all.Select((p, i) => ($"p{i}", p)));
            using var optimizer = new AdamW();
            double[] found = new double[steps];
            for (int step = 0; step < steps; step++)
            {
                for (int first = 0; first < clips; first += count)
                {
                    gradients.Begin(Math.Min(count, clips - first));
                    using var clip = new TensorScope();
                    for (int p = all.Length - 1; p >= 0 && first + ranks.Rank < clips; p--)
                        if (Reaches(step * clips + first + ranks.Rank, p))
                            gradients.Send(all[p], Gradient(step * clips + first + ranks.Rank, p, device));
                    // What is not trained here is nobody's.
                    gradients.Send(Random(1, 3, device), Random(2, 3, device));
                    gradients.EndRound();
                }
                found[step] = gradients.Norm();
                Assert.All(gradients.Own, own => Assert.Equal(own.Parameter.ToArray(), Slice(own.Name, all)[..own.Gradient.ToArray().Length]));
                optimizer.Update(gradients.Own, 0.5f);
                gradients.ShareParameters();
                Assert.Empty(gradients.Own);
            }
            Assert.Equal(way == Way.Linked, between.IsLinked);
            string[] joined = gradients.Joined([.. optimizer.Moments.Keys]);
            Assert.Equal(["p0", "p1", "p3", "p4", "p5"], joined);
            Assert.All(joined, name => Joined(name, gradients, optimizer, ranks.Rank));
            Assert.Empty(gradients.Part("p6", all[0]));
            return (found, [.. all.Select(p => p.ToArray())]);
        }

        // A slice's name is that of its parameter and where it begins.
        static float[] Slice(string name, Tensor[] all) => name.Split('@') is [['p', .. var parameter], var start]
            ? all[int.Parse(parameter, CultureInfo.InvariantCulture)].ToArray()[int.Parse(start, CultureInfo.InvariantCulture)..]
            : throw new ArgumentException(name);

        // The slices of a moment make the whole that one process has.
        static void Joined(string name, SlicedGradients gradients, AdamW optimizer, int rank)
        {
            using Tensor? whole = gradients.Join(name, optimizer.Moments.ToDictionary(o => o.Key, o => o.Value.M));
            Assert.Equal(rank == 0, whole is not null);
            if (whole is null)
                return;
            (string Name, float[] Values)[] parts = [.. gradients.Part(name, whole).Select(p => (p.Name, Disposed(p.Part)))];
            Assert.Equal(optimizer.Moments.Keys.Where(k => k.StartsWith($"{name}@", StringComparison.Ordinal)), parts.Select(p => p.Name));
            Assert.All(parts, part => Assert.Equal(optimizer.Moments[part.Name].M.ToArray(), part.Values));
        }

        static float[] Disposed(Tensor tensor)
        {
            using (tensor)
                return tensor.ToArray();
        }

        // Of a step's five clips some reach a parameter first, whatever round they are in.
        static bool Reaches(int clip, int parameter) => parameter != 2 && (parameter + clip) % 3 != 0
            && clip % clips >= (parameter switch { 0 => 4, 3 => 2, 4 => 3, _ => 0 });

        static Tensor[] Parameters(IDevice device) => [.. _counts.Select((n, p) => Random(100 + p, n, device))];

        static Tensor Gradient(int clip, int parameter, IDevice device) => Random(10 * clip + parameter, _counts[parameter], device);

        static Tensor Random(int seed, long count, IDevice device)
        {
            var random = new Random(seed);
            float[] values = new float[count];
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-3, 4)));
            return Tensor.FromArray(values, [(int)count], device);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void MessagesAndBytesOfAStepAreThoseForetold(int count)
    {
        const int clips = 5;
        TrainingOptions options = TinyModel.Options with { ClipsPerStep = clips };
        (string Name, long Count)[] trained = [];
        (Traffic Sent, string[] Reached)[] all = ThreadRanks.Run(count, ranks =>
        {
            using IDevice device = TinyModel.Device();
            using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
            using var trainer = new Trainer(model, new MadeClips(clips), options, TinyModel.Tokenizer, ranks);
            trainer.Step();
            if (ranks.Rank == 0)
                trained = [.. model.Parameters.Trainable.Select(p => (p.Name, p.Parameter.Count))];
            // The moments take no more than their share.
            long own = trainer.Moments.Sum(m => m.Value.M.Count);
            long share = model.Parameters.Trainable.Sum(p => (p.Parameter.Count + SumOfSquaresCall.Block - 1) / SumOfSquaresCall.Block) / count + 1;
            Assert.InRange(own, 1, share * SumOfSquaresCall.Block);
            return (ranks.Sent, trainer.Moments.Select(m => m.Key.Split('@')[0]).ToArray());
        });
        long[] counts = [.. trained.Select(t => t.Count)];
        HashSet<string> reached = [.. all.SelectMany(r => r.Reached)];
        for (int rank = 0; rank < count; rank++)
            Assert.Equal(StepForecast.Sent(counts, count, rank, clips), all[rank].Sent + Unsent(rank));

        // A parameter that nothing depends on is told to be without gradient, and is not shared.
        Traffic Unsent(int rank)
        {
            var unsent = default(Traffic);
            foreach (GradientSlice slice in GradientSlice.Cut(counts, count).Where(s => !reached.Contains(trained[s.Parameter].Name)))
                unsent += slice.Owner == rank
                    ? new Traffic(count - 1, 4L * slice.Count * (count - 1))
                    : new Traffic(0, 4L * slice.Count * ((clips - rank + count - 1) / count));
            return unsent;
        }
    }

    [Fact]
    public void AForecastOfOneClipAtOneRankIsWhatWasMeasured()
    {
        StepTime one = StepForecast.Predict(_counts, new Cluster(1e9, 1e-5, 2), ranks: 1, clips: 1);
        Assert.Equal((default, 0.0, 0.0), (one.Sent, one.Waiting, one.Sharing));
        Assert.Equal(2, one.Seconds, 1e-12);
        // However fast it was.
        Assert.Equal(1e-6, StepForecast.Predict(_counts, new Cluster(1e9, 1e-5, 1e-6), ranks: 1, clips: 1).Seconds, 1e-12);
        // Three clips have one update, and two gradients that are added to the first.
        StepTime three = StepForecast.Predict(_counts, new Cluster(1e9, 1e-5, 2), ranks: 1, clips: 3);
        Assert.Equal(6 + (2 * 16 - 2 * 28) * _counts.Sum() / 8e9, three.Seconds, 1e-12);
        Assert.Equal("fewer clips than ranks", StepForecast.Predict(_counts, new Cluster(1e9, 1e-5, 2), ranks: 4, clips: 3).Limit);
        Assert.Equal("exchange of parameters", StepForecast.Predict(_counts, new Cluster(1, 1e-5, 2), ranks: 2, clips: 2).Limit);
    }

    /// <summary>How tensors go from rank to rank.</summary>
    public enum Way
    {
        /// <summary>As those of the processor do.</summary>
        Direct,

        /// <summary>As those of a device without a link.</summary>
        OverHosts,

        /// <summary>As those of a device with one.</summary>
        Linked,
    }
}
