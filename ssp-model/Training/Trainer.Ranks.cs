using System.Runtime.InteropServices;
using System.Text;
using SspNative.Engine.Distributed;
using SspNative.Model.Config;
using SspNative.Model.Losses;

namespace SspNative.Model.Training;

/// <remarks>
/// Of several ranks, rank r takes the clips r, r + K, r + 2K … of each step. <see cref="SlicedGradients"/> adds up what they give in the order of the
/// clips, and the points of the loss are those that one process would have drawn for a clip.
/// </remarks>
public sealed partial class Trainer
{
    /// <summary>
    /// Lets rank 0 save the optimizer's moments: all ranks call it, and rank 0 alone saves. Of several ranks, a moment is put together when it is read, and
    /// no rank holds more than one whole.
    /// </summary>
    /// <param name="save">Gets each parameter with what reads its moments, for the open scope.</param>
    public void WithMoments(Action<IReadOnlyCollection<(string Name, Shape Shape, Func<Tensor> M, Func<Tensor> V)>> save)
    {
        if (_sliced is null)
        {
            save([.. Moments.Select(o => (o.Key, o.Value.M.Shape, (Func<Tensor>)(() => o.Value.M), (Func<Tensor>)(() => o.Value.V)))]);
            return;
        }
        var m = Moments.ToDictionary(o => o.Key, o => o.Value.M);
        var v = Moments.ToDictionary(o => o.Key, o => o.Value.V);
        string[] names = _sliced.Joined(m.Keys);
        if (Ranks.Rank == 0)
        {
            save([.. names.Select(name =>
                (name, Model.Parameters[name].Shape, (Func<Tensor>)(() => Ask(name, false)), (Func<Tensor>)(() => Ask(name, true))))]);
            Ranks.FromFirst([]);
            return;
        }
        // A name after which of the two is asked for, until nothing more is.
        while (Ranks.FromFirst([]) is [byte second, .. byte[] name])
            _sliced.Join(Encoding.UTF8.GetString(name), second == 0 ? m : v);

        Tensor Ask(string name, bool second)
        {
            Ranks.FromFirst([(byte)(second ? 1 : 0), .. Encoding.UTF8.GetBytes(name)]);
            return _sliced.Join(name, second ? v : m)!;
        }
    }

    /// <summary>
    /// Makes sure that all ranks would train the same: program, processor's instructions, options, clips and weights. Of the clips it compares all names
    /// and the whole of the first.
    /// </summary>
    /// <exception cref="InputException">A rank would not.</exception>
    public void RequireSame()
    {
        if (Ranks.Count == 1)
            return;
        Ranks.RequireSame("program", RankHashes.OfProgram());
        Ranks.RequireSame("device", Model.Device.Identity);
        Ranks.RequireSame("list of options", RankHashes.Of($"{ConfigJson.Write(Model.Config)} {ConfigJson.Write(Options)} {HashesWords}"));
        Ranks.RequireSame("list of clips", _fingerprint);
        Ranks.RequireSame("first clip", RankHashes.Of(_data.Load(0)));
        Ranks.RequireSame("set of weights", RankHashes.Of(Model.Parameters));
    }

    // All ranks take as many rounds, in which each has a clip or, in the last, may have none.
    private ClipLoss[] LearnTogether(int count, SlicedGradients gradients)
    {
        int rounds = (count + Ranks.Count - 1) / Ranks.Count;
        LabelledClip[] own =
            [.. Enumerable.Range(0, rounds).Select(round => round * Ranks.Count + Ranks.Rank).Where(i => i < count).Select(i => Take(Place(i)))];
        ulong[] states = PointStates(own, count);
        var losses = new ClipLoss[own.Length];
        for (int round = 0; round < rounds; round++)
        {
            gradients.Begin(Math.Min(Ranks.Count, count - round * Ranks.Count));
            if (round >= own.Length)
            {
                gradients.EndRound();
                continue;
            }
            int clip = round * Ranks.Count + Ranks.Rank;
            _points.State = states[clip];
            losses[round] = Learn(own[round], count, gradients.Send, (_, _) => gradients.EndRound());
            if (_points.State != states[clip + 1])
                throw new InvalidOperationException($"the loss of clip {own[round].Prepared.Id} drew another number of points than was foreseen");
        }
        _points.State = states[count];
        ClipLoss[][] all = [.. Ranks.AllGather(MemoryMarshal.AsBytes<ClipLoss>(losses)).Select(bytes => MemoryMarshal.Cast<byte, ClipLoss>(bytes).ToArray())];
        return [.. Enumerable.Range(0, count).Select(i => all[i % Ranks.Count][i / Ranks.Count])];
    }

    // The generator's state before each clip of a step, and after the last, as if one process drew for all.
    private ulong[] PointStates(LabelledClip[] own, int count)
    {
        long[] draws = [.. own.Select(Draws)];
        byte[][] all = Ranks.AllGather(MemoryMarshal.AsBytes<long>(draws));
        ulong[] states = new ulong[count + 1];
        states[0] = State.Points;
        for (int i = 0; i < count; i++)
            states[i + 1] = SplitMixPoints.After(states[i], MemoryMarshal.Cast<byte, long>(all[i % Ranks.Count])[i / Ranks.Count]);
        return states;
    }

    // How many numbers a clip's forward pass and loss draw.
    private long Draws(LabelledClip clip) => Model.TellsClasses ? 0
        : (Options.DropPath == 0 ? 0 : DropPaths(clip.Prepared.Frames))
        + _loss.Draws(Model.Config.Mask2former.DecoderLayers, Model.Config.Mask2former.NumQueries, [.. clip.Targets.Select(t => t.Classes.Count)]);

    // The next place in the order of all epochs that is this rank's.
    private long NextPlace(long place)
    {
        do
            place++;
        while (place % _data.Count % Options.ClipsPerStep % Ranks.Count != Ranks.Rank && place < (long)_data.Count * Options.Epochs);
        return place;
    }

    private IEnumerable<(string Name, Tensor M, Tensor V)> Owned((string Name, Tensor M, Tensor V) whole)
    {
        if (_sliced is null)
            return [whole];
        using (whole.M)
        using (whole.V)
            return [.. _sliced.Part(whole.Name, whole.M).Zip(_sliced.Part(whole.Name, whole.V), (m, v) => (m.Name, m.Part, v.Part))];
    }
}
