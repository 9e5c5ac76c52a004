using System.Runtime.InteropServices;
using SspNative.Kernels.Cpu;

namespace SspNative.Engine.Distributed;

/// <summary>
/// The gradients of a step whose clips are spread over ranks. Every rank owns a slice of all parameters (<see cref="GradientSlice"/>): it receives
/// that slice of each clip's gradient, adds them up in the order of the clips, updates its slice of the parameters, and sends it to the others. So
/// sums are the same bits on any number of ranks, and an optimizer has the moments of its own slice alone.
/// </summary>
/// <example><code>
/// for (int round = 0; round &lt; rounds; round++)
/// {
///     gradients.Begin(clipsOfRound);              // rank r has the clip r of the round
///     tape.Backward(loss, gradients.Send);        // sends each gradient as soon as it is whole
///     gradients.EndRound();
/// }
/// double norm = gradients.Norm();
/// optimizer.Update(gradients.Own, scale);
/// gradients.ShareParameters();
/// </code></example>
public sealed class SlicedGradients : IDisposable
{
    private readonly ICollective _ranks;
    private readonly (string Name, Tensor Parameter)[] _parameters;
    private readonly Dictionary<Tensor, int> _index = new(ReferenceEqualityComparer.Instance);
    private readonly GradientSlice[] _slices;
    private readonly int[][] _slicesOf;
    private readonly Tensor[] _views;
    private readonly Tensor?[] _sums, _mine;
    private readonly List<(int Slice, int Rank, Tensor Tensor, ITransfer Transfer)> _incoming = [];
    private readonly List<(Tensor? View, ITransfer Transfer)> _outgoing = [];
    private readonly bool[] _sent;
    private readonly int[] _first, _firstOfSlice;
    private int _clips, _clipsBefore;

    /// <param name="ranks">The ranks. Where the parameters are not on the processor, those that exchange tensors of their device.</param>
    /// <param name="parameters">All that is trained, in the same order at all ranks.</param>
    public SlicedGradients(ICollective ranks, IEnumerable<(string Name, Tensor Parameter)> parameters)
    {
        _ranks = ranks;
        _parameters = [.. parameters];
        _slices = GradientSlice.Cut([.. _parameters.Select(p => p.Parameter.Count)], ranks.Count);
        _slicesOf =
            [.. Enumerable.Range(0, _parameters.Length).Select(p => Enumerable.Range(0, _slices.Length).Where(s => _slices[s].Parameter == p).ToArray())];
        for (int p = 0; p < _parameters.Length; p++)
            _index.Add(_parameters[p].Parameter, p);
        _views = [.. _slices.Select(s => View(_parameters[s.Parameter].Parameter, s))];
        _sums = new Tensor?[_slices.Length];
        _mine = new Tensor?[_slices.Length];
        _sent = new bool[_parameters.Length];
        _first = new int[_parameters.Length];
        _firstOfSlice = new int[_slices.Length];
    }

    /// <summary>The slices of all parameters, in order.</summary>
    public IReadOnlyList<GradientSlice> Slices => _slices;

    /// <summary>This rank's slices that a gradient reached: a name of their own, the parameter's elements, and their gradient.</summary>
    public IEnumerable<(string Name, Tensor Parameter, Tensor Gradient)> Own =>
        OwnSlices().Where(s => _sums[s] is not null).Select(s => (NameOf(s), _views[s], _sums[s]!));

    /// <summary>Begins a round, in which each of the first ranks computes the gradient of one clip.</summary>
    /// <param name="clips">Clips of the round, at most one a rank.</param>
    public void Begin(int clips)
    {
        _clips = clips;
        Array.Clear(_sent);
        foreach (int slice in OwnSlices())
            for (int rank = 0; rank < clips; rank++)
                if (rank != _ranks.Rank)
                {
                    Tensor room = TensorScope.Unowned(Tensor.Empty([_slices[slice].Count], _views[slice].Device));
                    _incoming.Add((slice, rank, room, _ranks.Receive(room, rank, slice)));
                }
    }

    /// <summary>Sends the gradient of a parameter to the ranks that sum it. It must stay until the round's end.</summary>
    public void Send(Tensor parameter, Tensor gradient)
    {
        if (!_index.TryGetValue(parameter, out int index))
            return;
        _sent[index] = true;
        foreach (int slice in _slicesOf[index])
        {
            Tensor part = View(gradient, _slices[slice]);
            if (_slices[slice].Owner == _ranks.Rank)
                _mine[slice] = part;
            else
                _outgoing.Add((part, _ranks.Send(part, _slices[slice].Owner, slice)));
        }
        _ranks.Poll();
    }

    /// <summary>Ends a round: what the clips gave is added up in their order.</summary>
    public void EndRound()
    {
        for (int p = 0; p < _parameters.Length && _ranks.Rank < _clips; p++)
            if (!_sent[p])
                foreach (int slice in _slicesOf[p])
                    if (_slices[slice].Owner != _ranks.Rank)
                        _outgoing.Add((null, _ranks.Send(null, _slices[slice].Owner, slice)));
        // By slice, and within a slice by rank, as they were begun; this rank's own is in between.
        int next = 0;
        foreach (int slice in OwnSlices())
            for (int rank = 0; rank < _clips; rank++)
                if ((rank == _ranks.Rank ? _mine[slice] : Arrived(_incoming[next++])) is { } part)
                    Add(slice, _clipsBefore + rank, part);
        foreach (int slice in OwnSlices())
        {
            // The gradient is freed with its clip; a sum of it stays.
            if (_mine[slice] is { } mine && _sums[slice] == mine)
                _sums[slice] = Copied(mine);
            _mine[slice] = null;
        }
        _incoming.Clear();
        Wait();
        _clipsBefore += _clips;
    }

    /// <summary>√ Σ ‖g‖² over all gradients, the bits that <see cref="Optim.GradientClipping.GlobalNorm"/> gives for one process.</summary>
    public double Norm()
    {
        using var message = new MemoryStream();
        foreach (int slice in OwnSlices())
            message.Write(MemoryMarshal.AsBytes<double>(Squares(slice)));
        byte[][] all = _ranks.AllGather(message.ToArray());
        int[] read = new int[_ranks.Count];
        var squares = new double[_parameters.Length];
        Array.Fill(_first, -1);
        foreach (GradientSlice slice in _slices)
        {
            ReadOnlySpan<double> values = MemoryMarshal.Cast<byte, double>(all[slice.Owner])[read[slice.Owner]..];
            _first[slice.Parameter] = (int)values[0];
            foreach (double square in values.Slice(1, slice.Blocks))
                squares[slice.Parameter] += square;
            read[slice.Owner] += 1 + slice.Blocks;
        }
        // One process adds parameters in the order in which they first had a gradient.
        double sum = 0;
        foreach (int p in Enumerable.Range(0, _parameters.Length).Where(p => _first[p] >= 0).OrderBy(p => _first[p]))
            sum += squares[p];
        return Math.Sqrt(sum);
    }

    /// <summary>Sends this rank's updated slices to all others and receives theirs. The step's gradients are gone afterwards.</summary>
    public void ShareParameters()
    {
        var arriving = new List<ITransfer>();
        for (int s = 0; s < _slices.Length; s++)
        {
            if (_first[_slices[s].Parameter] < 0)
                continue;
            if (_slices[s].Owner != _ranks.Rank)
                arriving.Add(_ranks.Receive(_views[s], _slices[s].Owner, _slices.Length + s));
            else
                for (int other = 1; other < _ranks.Count; other++)
                    _outgoing.Add((null, _ranks.Send(_views[s], (_ranks.Rank + other) % _ranks.Count, _slices.Length + s)));
        }
        foreach (ITransfer transfer in arriving)
            transfer.Wait();
        Wait();
        Forget();
    }

    /// <summary>The parameters of which ranks have tensors by slice, as an optimizer has moments, in order. All ranks call it.</summary>
    /// <param name="own">Names of this rank's, as <see cref="Own"/> has them.</param>
    public string[] Joined(IReadOnlyCollection<string> own)
    {
        HashSet<string> names = [.. own];
        byte[][] all = _ranks.AllGather([.. Enumerable.Range(0, _slices.Length).Select(s => (byte)(names.Contains(NameOf(s)) ? 1 : 0))]);
        return
        [
            .. Enumerable.Range(0, _slices.Length).Where(s => all[_slices[s].Owner][s] != 0).Select(s => _parameters[_slices[s].Parameter].Name).Distinct(),
        ];
    }

    /// <summary>Puts the slices of one parameter's tensor together. All ranks call it.</summary>
    /// <param name="parameter">One of those that <see cref="Joined"/> names.</param>
    /// <param name="own">This rank's slices, by their names.</param>
    /// <returns>At rank 0 the whole, on the processor; elsewhere null.</returns>
    public Tensor? Join(string parameter, IReadOnlyDictionary<string, Tensor> own)
    {
        int index = Array.FindIndex(_parameters, p => p.Name == parameter);
        Tensor? whole = _ranks.Rank == 0 ? Tensor.Empty(_parameters[index].Parameter.Shape, CpuDevice.Default) : null;
        foreach (int s in _slicesOf[index])
        {
            byte[] part = _slices[s].Owner == _ranks.Rank ? MemoryMarshal.AsBytes<float>(own[NameOf(s)].ToArray()).ToArray() : [];
            if (_ranks.Gather(part) is { Length: > 0 } all)
                whole!.CopyFrom(MemoryMarshal.Cast<byte, float>(all[_slices[s].Owner]), _slices[s].Start);
        }
        return whole;
    }

    /// <summary>This rank's slices of a tensor as large as a parameter, by the names of <see cref="Own"/>. They are the caller's.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="whole">The tensor.</param>
    public IEnumerable<(string Name, Tensor Part)> Part(string name, Tensor whole)
    {
        int index = Array.FindIndex(_parameters, p => p.Name == name);
        foreach (int s in index < 0 ? [] : _slicesOf[index].Where(s => _slices[s].Owner == _ranks.Rank))
            yield return (NameOf(s), Copied(View(whole, _slices[s])));
    }

    public void Dispose()
    {
        Forget();
        foreach (Tensor view in _views)
            view.Dispose();
    }

    private static Tensor View(Tensor whole, GradientSlice slice) => TensorScope.Unowned(whole.View(slice.Start, slice.Count));

    private string NameOf(int slice) => $"{_parameters[_slices[slice].Parameter].Name}@{_slices[slice].Start}";

    private IEnumerable<int> OwnSlices() => Enumerable.Range(0, _slices.Length).Where(s => _slices[s].Owner == _ranks.Rank);

    private static Tensor Copied(Tensor view)
    {
        Tensor copy = TensorScope.Unowned(Ops.Concat([view], 0));
        view.Dispose();
        return copy;
    }

    private static Tensor? Arrived((int, int, Tensor Tensor, ITransfer Transfer) incoming)
    {
        if (incoming.Transfer.Wait())
            return incoming.Tensor;
        incoming.Tensor.Dispose();
        return null;
    }

    private void Add(int slice, int clip, Tensor part)
    {
        if (_sums[slice] is not { } sum)
        {
            (_sums[slice], _firstOfSlice[slice]) = (part, clip);
            return;
        }
        _sums[slice] = TensorScope.Unowned(Ops.Add(sum, part));
        sum.Dispose();
        part.Dispose();
    }

    // Which clip was the first to have a gradient, −1 where none had, and the squares of each block.
    private double[] Squares(int slice)
    {
        if (_sums[slice] is not { } sum)
            return [-1, .. new double[_slices[slice].Blocks]];
        using var scope = new TensorScope();
        const int block = SumOfSquaresCall.Block;
        SquaredTensor[] blocks = [.. Enumerable.Range(0, _slices[slice].Blocks)
            .Select(b => sum.View((long)b * block, Math.Min(block, _slices[slice].Count - b * block))).Select(b => new SquaredTensor(b.Buffer, b.Count))];
        Tensor squares = Tensor.Empty([blocks.Length], sum.Device, DType.F64);
        squares.Device.Launch(new SumOfSquaresCall(blocks, squares.Buffer));
        return [_firstOfSlice[slice], .. squares.ToDoubleArray()];
    }

    private void Wait()
    {
        foreach ((Tensor? view, ITransfer transfer) in _outgoing)
        {
            transfer.Wait();
            view?.Dispose();
        }
        _outgoing.Clear();
    }

    private void Forget()
    {
        for (int s = 0; s < _sums.Length; s++)
        {
            _sums[s]?.Dispose();
            _sums[s] = null;
        }
        _clipsBefore = 0;
    }
}
