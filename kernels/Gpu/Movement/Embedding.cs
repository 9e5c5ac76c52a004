using ILGPU;

namespace SspNative.Kernels.Gpu;

internal sealed partial class GpuKernels
{
    public void Embedding(in EmbeddingCall call)
    {
        if (call.WeightType == DType.BF16)
        {
            int count = checked((int)(call.Count * call.Channels));
            device.Run(
                new BFloat16EmbeddingKernel(BFloat16s(call.Weight), Longs(call.Indices), Floats(call.Y), count, call.Channels),
                Groups(count, BFloat16EmbeddingKernel.GroupSize));
        }
        else if (call.Channels % 4 == 0)
        {
            Embedding<FourChannels>(in call);
        }
        else
        {
            Embedding<OneChannel>(in call);
        }
    }

    private void Embedding<TChannels>(in EmbeddingCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        // Places are ints.
        _ = checked((int)Math.Max(call.Count * call.Channels, (long)call.Vocabulary * call.Channels));
        int each = call.Channels / TChannels.Count, threads = (int)(call.Count * each);
        device.Run(
            new EmbeddingKernel<TChannels>(Floats(call.Weight), Longs(call.Indices), Floats(call.Y), threads, each),
            Groups(threads, EmbeddingKernel<TChannels>.GroupSize));
    }

    public void EmbeddingBackward(in EmbeddingBackwardCall call)
    {
        // Rows that do not occur stay zero.
        Fill(new FillCall(call.DWeight, 0f, (long)call.Vocabulary * call.Channels));
        if (call.Channels % 4 == 0)
            EmbeddingBackward<FourChannels>(in call);
        else
            EmbeddingBackward<OneChannel>(in call);
    }

    private void EmbeddingBackward<TChannels>(in EmbeddingBackwardCall call)
        where TChannels : unmanaged, IChannels<TChannels>
    {
        _ = checked((int)(call.Count * call.Channels));
        int each = call.Channels / TChannels.Count;
        device.Run(
            new EmbeddingBackwardKernel<TChannels>(
                Floats(call.Dy), Longs(call.Indices), Floats(call.DWeight), checked((int)call.Count), each, call.PaddingIndex),
            call.Count, (int)Groups(each, EmbeddingBackwardKernel<TChannels>.GroupSize));
    }
}

/// <param name="each">Threads for the channels of a row.</param>
internal readonly struct EmbeddingKernel<TChannels>(ArrayView<float> weight, ArrayView<long> indices, ArrayView<float> y, int threads, int each)
    : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= threads)
            return;
        int token = i / each;
        TChannels.Store(y, i, TChannels.Load(weight, (int)indices[token] * each + i - token * each));
    }
}

/// <summary>A thread a channel of a token, widened.</summary>
internal readonly struct BFloat16EmbeddingKernel(ArrayView<ushort> weight, ArrayView<long> indices, ArrayView<float> y, int count, int channels) : IGpuKernel
{
    public static int GroupSize => 256;

    public void Run()
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
            return;
        int token = i / channels;
        y[i] = BFloat16.Widen(weight[indices[token] * channels + i - token * channels]);
    }
}

/// <summary>
/// A group for every token, and for a part of the channels. The first token of an index owns its row: its group lists the tokens of that index and
/// adds them in order. The others do nothing. It compares all tokens with all, which is cheap for some ten thousand.
/// </summary>
/// <param name="each">Threads for the channels of a row.</param>
internal readonly struct EmbeddingBackwardKernel<TChannels>(
    ArrayView<float> dy, ArrayView<long> indices, ArrayView<float> dWeight, int count, int each, int paddingIndex) : IGpuKernel
    where TChannels : unmanaged, IChannels<TChannels>
{
    // Tokens that a thread compares at a time.
    private const int PerThread = 16;

    private const int Threads = 128;

    public static int GroupSize => Threads;

    public void Run()
    {
        ArrayView<int> list = SharedMemory.Allocate<int>(Threads * PerThread), found = SharedMemory.Allocate<int>(Threads);
        int t = Group.IdxX, channels = Grid.IdxY * Threads + t, me = Grid.IdxX;
        int index = (int)indices[me];
        if (index == paddingIndex)
            return;
        TChannels sum = TChannels.Broadcast(0f);
        int before = 0;
        for (int start = 0; start < count; start += Threads * PerThread)
        {
            int matches = List(list, found, start, index);
            if (before == 0 && matches > 0 && list[0] != me)
                return;
            before += matches;
            if (channels < each)
                sum = Add(list, matches, channels, sum);
            Instructions.Barrier();
        }
        if (channels < each)
            TChannels.Store(dWeight, index * each + channels, sum);
    }

    /// <summary>Lists, in order, the tokens from <paramref name="start"/> on that have an index.</summary>
    private int List(ArrayView<int> list, ArrayView<int> found, int start, int index)
    {
        int t = Group.IdxX, first = start + t * PerThread, matches = 0, mine = 0;
        for (int i = 0; i < PerThread; i++)
        {
            if (first + i < count && (int)indices[first + i] == index)
            {
                mine |= 1 << i;
                matches++;
            }
        }
        found[t] = matches;
        Instructions.Barrier();
        int at = 0, all = 0;
        for (int i = 0; i < Threads; i++)
        {
            at += i < t ? found[i] : 0;
            all += found[i];
        }
        for (int i = 0; i < PerThread; i++)
        {
            if ((mine >> i & 1) != 0)
            {
                list[at] = first + i;
                at++;
            }
        }
        Instructions.Barrier();
        return all;
    }

    /// <summary>Adds the rows of listed tokens. Four are loaded at a time, as a load takes long and the next need not wait for it.</summary>
    private TChannels Add(ArrayView<int> list, int matches, int channels, TChannels sum)
    {
        int i = 0;
        for (; i + 4 <= matches; i += 4)
        {
            TChannels a = TChannels.Load(dy, list[i] * each + channels), b = TChannels.Load(dy, list[i + 1] * each + channels);
            TChannels c = TChannels.Load(dy, list[i + 2] * each + channels), d = TChannels.Load(dy, list[i + 3] * each + channels);
            sum = TChannels.Add(TChannels.Add(TChannels.Add(TChannels.Add(sum, a), b), c), d);
        }
        for (; i < matches; i++)
            sum = TChannels.Add(sum, TChannels.Load(dy, list[i] * each + channels));
        return sum;
    }
}
