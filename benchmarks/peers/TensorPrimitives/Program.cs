using SspNative.Peers;
using SspNative.Peers.TensorPrimitives;

PeerLoop.Serve(new TensorPrimitivesPeer());
